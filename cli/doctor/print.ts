// What the doctor has found, for people.

import type { Finding } from '../../lint/rule.ts'
import { colours, say } from '../print.ts'
import type { Health } from './machine.ts'

export type Section = { title: string; health: Health[]; findings: Finding[] }

export function print(sections: Section[], bad: boolean): void {
  const mark = { good: colours.green('ok'), bad: colours.red('no'), doubt: colours.yellow('??') }
  for (const { title, health, findings } of sections) {
    say(`\n${colours.bold(title)}`)
    for (const one of health)
      say(
        `  ${mark[one.state]}  ${one.what}${one.remedy === undefined ? '' : `\n      ${colours.dim('→')} ${one.remedy}`}`,
      )
    for (const one of findings) {
      const state = one.severity === 'error' ? 'bad' : 'doubt'
      say(
        `  ${mark[state]}  ${one.file}:${one.line} ${one.rule}: ${one.message}\n      ${colours.dim('→')} ${one.help}`,
      )
    }
  }
  const wrong = sections.some(
    ({ health, findings }) =>
      health.some(({ state }) => state === 'bad') || findings.some(({ severity }) => severity === 'error'),
  )
  const doubtful = '\nNothing is wrong for certain; the lines marked ?? may want a look.'
  say(wrong ? '\nThe lines marked no want your attention first.' : bad ? doubtful : '\nAll is well.')
}
