// A tree and rules in, findings in reading order out. Pure. Knows nothing of files, reports or the command line.

import type { ConfFile } from '../conf/node.ts'
import { PosternError } from '../errors.ts'
import { Model } from './model/model.ts'
import { readTree, type Statement } from './model/statement.ts'
import { readVersion } from './model/version.ts'
import type { Confidence, Context, Finding, Rule, Severity } from './rule.ts'

export type RuleSetting = Severity | 'off'

export type LintOptions = {
  /** The nginx that will run it: `1.22.1`, `1.26`. */
  nginx: string
  /** The contexts around a fragment, outermost first; inferred when undefined. */
  context?: string[]
  /** By rule name; a rule that is off by default runs when it is named here. */
  severities?: Record<string, RuleSetting>
}

const ORDER: Confidence[] = ['low', 'medium', 'high']

/** A rule that runs, and what it is given. */
type Asked = { rule: Rule; context: Context }

/** Every finding of the rules, before suppressions, in reading order. */
export function runRules(main: ConfFile, rules: readonly Rule[], options: LintOptions): Finding[] {
  const nginx = readVersion(options.nginx)
  if (nginx === undefined) throw new PosternError('LINT_BAD_VERSION', { value: options.nginx })
  const model = new Model(readTree(main, options.context), nginx)
  const findings = new Map<string, Finding>()
  const visitors = new Map<string, Asked[]>()
  for (const rule of rules) {
    const setting = options.severities?.[rule.name]
    if (setting === 'off' || (rule.default === false && setting === undefined)) continue
    const asked: Asked = {
      rule,
      context: {
        model,
        report: (at, message, said) => {
          const finding = makeFinding(rule, at, message, said, setting)
          // A file included twice says everything twice.
          findings.set(`${finding.file}:${finding.line}:${finding.column}:${rule.name}:${message}`, finding)
        },
      },
    }
    for (const name of rule.visits) {
      const same = visitors.get(name)
      if (same === undefined) visitors.set(name, [asked])
      else same.push(asked)
    }
  }
  const visit = (statement: Statement, visiting: Asked[] | undefined): void => {
    if (visiting !== undefined) for (const { rule, context } of visiting) rule.check(statement, context)
  }
  visit(model.root, visitors.get(''))
  const every = visitors.get('*')
  for (const statement of model.all) {
    visit(statement, visitors.get(statement.name))
    visit(statement, every)
  }
  return sortFindings([...findings.values()])
}

function makeFinding(
  rule: Rule,
  at: Statement,
  message: string,
  said: Parameters<Parameters<Rule['check']>[1]['report']>[2],
  setting: RuleSetting | undefined,
): Finding {
  return {
    ...placeOf(at, said.word),
    rule: rule.name,
    severity: setting === undefined || setting === 'off' ? (said.severity ?? rule.severity) : setting,
    confidence: said.confidence ?? rule.confidence,
    message,
    help: said.help,
    ...(said.fix === undefined || said.fix.length === 0 ? {} : { fix: said.fix }),
  }
}

/** The place of a directive, or of one argument, as findings say it. An assumed block lends its first child's. */
export function placeOf(
  at: Statement,
  argument: number | undefined,
): Pick<Finding, 'file' | 'line' | 'column' | 'endLine' | 'endColumn'> {
  let shown = at
  while (shown.node === undefined && shown.children[0] !== undefined) shown = shown.children[0]
  const node = shown.node
  const word = argument === undefined || shown !== at ? undefined : node?.args[argument]
  const start = (word ?? node?.name)?.span.start ?? { line: 1, column: 1, offset: 0 }
  const end = (word ?? node?.args.at(-1) ?? node?.name)?.span.end ?? start
  return {
    file: node?.file ?? '',
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  }
}

export function sortFindings(findings: Finding[]): Finding[] {
  return findings.sort(
    (a, b) =>
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.line - b.line ||
      a.column - b.column ||
      (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0) ||
      ORDER.indexOf(b.confidence) - ORDER.indexOf(a.confidence),
  )
}

const LEVELS: Record<Severity, number> = { info: 0, warning: 1, error: 2 }

export const atLeast = (finding: { severity: Severity }, level: Severity): boolean =>
  LEVELS[finding.severity] >= LEVELS[level]
