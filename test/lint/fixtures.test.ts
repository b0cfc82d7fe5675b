// Whole configurations with the expected findings on their lines (`# <- rule other-rule`): both directions are compared.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadConfText } from '../../conf/include.ts'
import { lintConf } from '../../lint/lint.ts'
import { rules } from '../../lint/rules.generated.ts'

const folder = join(import.meta.dirname, '../fixtures/conf/lint')
const reader = { read: () => undefined, list: () => [] }

for (const name of readdirSync(folder)) {
  test(`${name} has exactly the findings on its lines`, (t) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const nginx = /^# nginx (\S+)$/m.exec(text)?.[1] ?? '1.22.1'
    const { findings } = lintConf(loadConfText(text, name, reader), rules, { nginx })
    const found = findings.map((one) => `${one.line} ${one.rule}`)
    const expected = text
      .split('\n')
      .flatMap((line, i) =>
        (/# <- (.*)$/.exec(line)?.[1] ?? '')
          .split(' ')
          .flatMap((rule) => (rule === '' ? [] : [`${i + 1} ${rule}`])),
      )
    t.deepEqual([...new Set(found)].sort(), expected.sort())
  })
}
