// The table of requirements points at what there is: no case and no test in it is only a name.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { cases } from './case.ts'
import { requirements } from './requirements.ts'

const names = new Set(cases.map((one) => one.name))
const rows = requirements.flatMap(({ rows }) => rows)

test('what shows a requirement exists', (t) => {
  const missing: string[] = []
  for (const { topic, shown } of rows) {
    for (const evidence of shown) {
      const [, file, title] = /^(\S+\.(?:ts|py)): (.*)$/.exec(evidence) ?? []
      if (file === undefined || title === undefined) {
        if (!names.has(evidence)) missing.push(`${topic}: no case ${evidence}`)
        continue
      }
      const path = join(import.meta.dirname, '..', file)
      const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
      if (!text.includes(title)) missing.push(`${topic}: ${evidence}`)
    }
  }
  t.deepEqual(missing, [])
})

test('every conformance case shows a requirement', (t) => {
  const shown = new Set(rows.flatMap((row) => row.shown))
  // What every server must be able to do; not a requirement of its own.
  const plain = new Set(
    cases.filter((one) => ['responses', 'request bodies'].includes(one.topic)).map((one) => one.name),
  )
  t.deepEqual(
    [...names].filter((name) => !shown.has(name) && !plain.has(name)),
    [],
  )
})

test('topics are unique and each row is shown by something', (t) => {
  t.is(new Set(rows.map((row) => row.topic)).size, rows.length)
  t.true(rows.every((row) => row.shown.length > 0))
})
