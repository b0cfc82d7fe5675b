// What the offline `nginx -t` says, and the line it says it of. Knows no rule.
import type { Directive, Span } from '../node.ts'

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

/** A problem on the line nginx names, which is the line of the `;` or `{`, under the word that is meant if that is there. */
export function problemAt(
  directive: Directive,
  message: string,
  at: number | undefined,
  code: ProblemCode,
  severity: Problem['severity'],
  hint?: string,
): Problem {
  const { stop } = directive
  const meant = at === undefined ? undefined : directive.args[at]?.span
  const whole = {
    start: directive.name.span.start,
    end: directive.args.at(-1)?.span.end ?? directive.name.span.end,
  }
  const onLine = [meant, whole, directive.args.findLast((arg) => arg.span.end.line === stop.line)?.span].find(
    (span) => span?.start.line === stop.line,
  )
  const span = onLine ?? { start: stop, end: { ...stop, offset: stop.offset + 1, column: stop.column + 1 } }
  const found = { file: directive.file, offset: stop.offset }
  return {
    code,
    severity,
    message,
    file: directive.file,
    span,
    found,
    ...(hint === undefined ? {} : { hint }),
  }
}

/** A problem nginx finds when it has read a whole block. */
export function problemAtEnd(
  directive: Directive,
  message: string,
  code: ProblemCode,
  hint?: string,
): Problem {
  const end = directive.block?.end ?? directive.stop
  const span = { start: end, end: { ...end, offset: end.offset + 1, column: end.column + 1 } }
  const found = { file: directive.file, offset: end.offset }
  return {
    code,
    severity: 'error',
    message,
    file: directive.file,
    span,
    found,
    ...(hint === undefined ? {} : { hint }),
  }
}
