// What a rule is and what it says. Types and the few helpers that rules share for saying it; knows no rule.

import type { Model } from './model/model.ts'
import type { Statement } from './model/statement.ts'

export type Severity = 'error' | 'warning' | 'info'
export type Confidence = 'high' | 'medium' | 'low'

/** Replace what stands between two offsets of a file. */
export type Edit = { file: string; start: number; end: number; text: string }

export type Finding = {
  file: string
  line: number
  column: number
  endLine: number
  endColumn: number
  rule: string
  severity: Severity
  confidence: Confidence
  message: string
  help: string
  fix?: Edit[]
}

export type Said = {
  /** Which argument is meant; without it, the whole directive (its name and arguments). */
  word?: number
  help: string
  severity?: Severity
  confidence?: Confidence
  fix?: Edit[]
}

export type Context = {
  model: Model
  /** Says one finding about `at`. */
  report: (at: Statement, message: string, said: Said) => void
}

/** A configuration that shows the rule: text, or text for one nginx version. */
export type Example = string | { conf: string; nginx: string }

export type Rule = {
  name: string
  severity: Severity
  confidence: Confidence
  since: string
  /** false: runs only when asked for. */
  default?: false
  topic: 'security' | 'correctness' | 'python' | 'tls' | 'proxy' | 'performance' | 'style'
  /** Names of the same check elsewhere, as `tool: name`. */
  alias?: string[]
  summary: string
  why: string
  /** Directive names; '' is the root of the tree, '*' is every directive. */
  visits: string[]
  /** Each gives at least one finding of this rule; good ones give none. The first ones are shown in the docs. */
  bad: Example[]
  good: Example[]
  fixable?: true
  check(statement: Statement, context: Context): void
}

/** Replaces one argument. */
export function replaceArg(statement: Statement, index: number, raw: string): Edit[] {
  const word = statement.node?.args[index]
  if (word === undefined || statement.node === undefined) return []
  return [{ file: statement.node.file, start: word.span.start.offset, end: word.span.end.offset, text: raw }]
}

/** Adds words behind the last argument. */
export function appendArg(statement: Statement, raw: string): Edit[] {
  const last = statement.node?.args.at(-1) ?? statement.node?.name
  if (last === undefined || statement.node === undefined) return []
  const at = last.span.end.offset
  return [{ file: statement.node.file, start: at, end: at, text: ` ${raw}` }]
}

/** Takes one argument away, with the blank before it. */
export function removeArg(statement: Statement, index: number): Edit[] {
  const word = statement.node?.args[index]
  if (word === undefined || statement.node === undefined || !/^[ \t]+$/.test(word.trivia)) return []
  const start = word.span.start.offset - word.trivia.length
  return [{ file: statement.node.file, start, end: word.span.end.offset, text: '' }]
}

/** Writes other words instead of the directive's name and arguments. */
export function rewriteHead(statement: Statement, text: string): Edit[] {
  const node = statement.node
  if (node === undefined) return []
  const end = (node.args.at(-1) ?? node.name).span.end.offset
  return [{ file: node.file, start: node.name.span.start.offset, end, text }]
}
