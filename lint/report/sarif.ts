// Findings as SARIF 2.1.0, for code scanning. Columns count UTF-16 units, as ours do.

import type { Log, ReportingDescriptor, Result } from 'sarif'
import type { Finding, Rule } from '../rule.ts'

const LEVEL = { error: 'error', warning: 'warning', info: 'note' } as const
const PRECISION = { high: 'high', medium: 'medium', low: 'low' } as const

export function sarifReport(findings: Finding[], rules: readonly Rule[], version: string): string {
  const named = [...new Set(findings.map((one) => one.rule))].sort()
  const byName = new Map(rules.map((rule) => [rule.name, rule]))
  const descriptors = named.map((name): ReportingDescriptor => {
    const rule = byName.get(name)
    if (rule === undefined) return { id: name }
    return {
      id: name,
      shortDescription: { text: rule.summary },
      fullDescription: { text: rule.why },
      defaultConfiguration: { level: LEVEL[rule.severity] },
      properties: { tags: [rule.topic], precision: PRECISION[rule.confidence] },
    }
  })
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'postern', version, rules: descriptors } },
        columnKind: 'utf16CodeUnits',
        results: findings.map((one) => result(one, named.indexOf(one.rule))),
      },
    ],
  }
  return `${JSON.stringify(log, null, 2)}\n`
}

function result(one: Finding, ruleIndex: number): Result {
  const uri = uriOf(one.file)
  return {
    ruleId: one.rule,
    ruleIndex,
    level: LEVEL[one.severity],
    message: { text: `${one.message}. ${one.help}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri },
          region: {
            startLine: one.line,
            startColumn: one.column,
            endLine: one.endLine,
            endColumn: one.endColumn,
          },
        },
      },
    ],
    ...(one.fix === undefined
      ? {}
      : {
          fixes: [
            {
              description: { text: one.help },
              artifactChanges: [...new Set(one.fix.map((edit) => edit.file))].map((file) => ({
                artifactLocation: { uri: uriOf(file) },
                replacements: (one.fix ?? [])
                  .filter((edit) => edit.file === file)
                  .map((edit) => ({
                    deletedRegion: { charOffset: edit.start, charLength: edit.end - edit.start },
                    insertedContent: { text: edit.text },
                  })),
              })),
            },
          ],
        }),
    properties: { confidence: one.confidence },
  }
}

const uriOf = (file: string): string =>
  encodeURI(file === '-' || file === '' ? 'stdin' : file).replace(/[?#]/g, encodeURIComponent)
