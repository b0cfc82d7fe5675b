// Findings -> text in the wanted form.

import type { Finding } from '../../lint/rule.ts'
import { colours } from '../print.ts'
import type { Format } from './options.ts'

export async function reportOf(
  format: Format,
  findings: Finding[],
  texts: Map<string, string>,
  silenced: number,
): Promise<string> {
  if (format === 'json') return (await import('../../lint/report/json.ts')).jsonReport(findings)
  if (format === 'github') return (await import('../../lint/report/github.ts')).githubReport(findings)
  if (format === 'sarif') {
    const { rules } = await import('../../lint/rules.generated.ts')
    const { version } = await import('../version.ts')
    return (await import('../../lint/report/sarif.ts')).sarifReport(findings, rules, version())
  }
  return (await import('../../lint/report/text.ts')).textReport(
    findings,
    (file) => texts.get(file),
    colours,
    silenced,
  )
}
