// A baseline: the findings that were there when it was written, so that only new ones count. A finding is known again by
// rule, file and the text of its line, so moving lines about changes nothing. Pure.

import { createHash } from 'node:crypto'
import { PosternError } from '../errors.ts'
import type { Finding } from './rule.ts'

export type Baseline = { version: 1; findings: { rule: string; file: string; mark: string; count: number }[] }

/** The text of a line of a file, or '' when there is none. */
export type LineOf = (file: string, line: number) => string

const markOf = (finding: Finding, lineOf: LineOf): string =>
  createHash('sha256')
    .update(lineOf(finding.file, finding.line).trim().replace(/\s+/g, ' '))
    .digest('hex')
    .slice(0, 16)

const keyOf = (one: { rule: string; file: string; mark: string }): string =>
  `${one.rule} ${one.mark} ${one.file}`

export function makeBaseline(findings: Finding[], lineOf: LineOf): Baseline {
  const rows = new Map<string, Baseline['findings'][number]>()
  for (const finding of findings) {
    const row = { rule: finding.rule, file: finding.file, mark: markOf(finding, lineOf), count: 1 }
    const same = rows.get(keyOf(row))
    if (same === undefined) rows.set(keyOf(row), row)
    else same.count++
  }
  return { version: 1, findings: [...rows.values()] }
}

/** The findings that the baseline does not know. */
export function newFindings(findings: Finding[], baseline: Baseline, lineOf: LineOf): Finding[] {
  const left = new Map(baseline.findings.map((row) => [keyOf(row), row.count]))
  return findings.filter((finding) => {
    const key = keyOf({ rule: finding.rule, file: finding.file, mark: markOf(finding, lineOf) })
    const count = left.get(key) ?? 0
    if (count > 0) left.set(key, count - 1)
    return count === 0
  })
}

export function readBaseline(text: string, path: string): Baseline {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PosternError('LINT_BAD_BASELINE', { path, problem: 'it is not JSON' }, { cause })
  }
  const { version, findings } = (value ?? {}) as Partial<Baseline>
  if (version !== 1 || !Array.isArray(findings))
    throw new PosternError('LINT_BAD_BASELINE', { path, problem: 'it is not a version 1 baseline' })
  const fine = findings.every(
    (row) =>
      typeof row?.rule === 'string' &&
      typeof row.file === 'string' &&
      typeof row.mark === 'string' &&
      Number.isInteger(row.count),
  )
  if (!fine)
    throw new PosternError('LINT_BAD_BASELINE', { path, problem: 'a row lacks rule, file, mark or count' })
  return { version, findings }
}
