// What the offline `nginx -t` says. Types only.
import type { Span } from '../node.ts'

export type ProblemCode =
  | 'unknown-directive'
  | 'context'
  | 'terminator'
  | 'arguments'
  | 'value'
  | 'duplicate'
  | 'conflict'
  | 'variable'
  | 'regex'
  | 'reference'
  | 'structure'
  | 'deprecated'
  | 'syntax'
  | 'include'

export type Problem = {
  code: ProblemCode
  /** error: nginx refuses to start. warning: it says so and goes on. */
  severity: 'error' | 'warning'
  /** In nginx's own words. */
  message: string
  file: string
  /** Lies on the line nginx names. */
  span: Span
  /** How far nginx has read when it finds out: not always where the problem is. Infinity: when all is read. */
  found: { file: string; offset: number }
  /** What to do, where nginx's words do not say it. */
  hint?: string
}
