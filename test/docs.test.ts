import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { generated } from '../scripts/docs.ts'

for (const [path, text] of generated()) {
  test(`${path} is what its tables say (else: npm run docs)`, (t) => {
    t.is(readFileSync(join(import.meta.dirname, '..', path), 'utf8'), text)
  })
}
