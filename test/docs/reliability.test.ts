// Every row of the table in docs/reliability.md names tests that exist.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/reliability.md'), 'utf8')
const rows = [...page.matchAll(/^\| (.+?) \| .+ \| (`.+) \|$/gm)].filter(
  ([, , shown]) => !shown?.includes('---'),
)

const titlesOf = (name: string): string | undefined => {
  const files = ['test/gateway', 'test'].map((folder) => join(root, folder, `${name}.test.ts`))
  const file = files.find((one) => existsSync(one))
  if (file === undefined) return undefined
  const titles = readFileSync(file, 'utf8').matchAll(/\btest(?:\.serial)?\(\s*(['"`])(.+?)\1,/g)
  return [...titles].map(([, , title]) => title).join('\n')
}

test('the table is found', (t) => {
  t.true(rows.length > 20)
})

for (const [, what, shown] of rows) {
  test(`shown by tests that exist: ${what}`, (t) => {
    for (const part of (shown as string).split('; ')) {
      const [, name, words] = /^`([^`]+)`: (.+)$/.exec(part) ?? []
      t.truthy(name, `${part}: a file and words of titles`)
      const titles = titlesOf(name as string)
      t.truthy(titles, `${name} is there`)
      for (const one of (words as string).split(', '))
        t.true(titles?.includes(one), `${name} has a test about "${one}"`)
    }
  })
}
