// Pairs of whole configurations: one with a fault, and the nearest one without it. Only the default rules run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { rules } from '../../lint/rules.generated.ts'
import { lintText } from '../helpers/lint.ts'

type Pair = { rule: string; hit?: string; twin?: string }

const pairs: Pair[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/lint-pairs.json'), 'utf8'),
)
const on = rules.filter((rule) => rule.default !== false)
const found = (text: string): string[] => lintText(text, on).map((one) => one.rule)

for (const rule of new Set(pairs.map((pair) => pair.rule))) {
  test(`${rule} tells each fault from its twin`, (t) => {
    for (const pair of pairs.filter((one) => one.rule === rule)) {
      if (pair.hit !== undefined) t.true(found(pair.hit).includes(rule), `missed: ${pair.hit}`)
      if (pair.twin !== undefined) t.false(found(pair.twin).includes(rule), `false alarm: ${pair.twin}`)
    }
  })
}
