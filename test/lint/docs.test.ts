// Generated files of the linter are what the rules say today.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { spread } from '../../lint/docs.ts'
import { generated } from '../../scripts/docs-rules.ts'

const root = join(import.meta.dirname, '../..')

test('the rule pages and the list of rules are up to date (npm run docs)', async (t) => {
  const files = await generated()
  for (const [path, text] of files) {
    t.true(existsSync(join(root, path)), path)
    t.is(readFileSync(join(root, path), 'utf8'), text, path)
  }
  const pages = readdirSync(join(root, 'docs/rules'))
  t.deepEqual(
    pages.filter((name) => !files.has(`docs/rules/${name}`)),
    [],
  )
})

test('an example is shown as one would write it', (t) => {
  t.is(spread('server { location / { root /srv; } }'), 'server {\n  location / {\n    root /srv;\n  }\n}')
})
