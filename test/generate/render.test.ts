// Templates hold no decisions and no unquoted value; unknown names are mistakes.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { layOut } from '../../generate/layout.ts'
import { renderSite } from '../../generate/render.ts'
import type { Site } from '../../generate/site.ts'

const folder = join(import.meta.dirname, '../../templates')
const templates = readdirSync(folder, { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.njk'))

for (const name of templates) {
  test(`${name}: every value passes a quoting filter`, (t) => {
    const outputs = [...readFileSync(join(folder, name), 'utf8').matchAll(/\{\{(.*?)\}\}/gs)].map(
      ([, inner]) => inner as string,
    )
    t.deepEqual(
      outputs.filter((inner) => !/\|\s*(arg|text|comment)\s*$/.test(inner)),
      [],
    )
  })
  test(`${name}: decides nothing but whether something is there`, (t) => {
    const tags = [...readFileSync(join(folder, name), 'utf8').matchAll(/\{%\s*(\w+)\s*(.*?)\s*%\}/gs)]
    const decisions = tags.filter(([, tag, inner]) => tag === 'if' && !/^[\w.]+$/.test(inner as string))
    t.deepEqual(
      decisions.map(([all]) => all),
      [],
    )
  })
}

test('asking for a name the site does not have is an error, not an empty section', (t) => {
  t.throws(() => renderSite({ name: 'x' } as Site), { code: 'GENERATE_UNKNOWN_NAME' })
})

test('a text that nginx cannot take is an error of its own, not of a template', (t) => {
  const site = { name: 'x' } as Site
  t.throws(
    () => renderSite({ ...site, prefix: 'x', writtenFor: '', siteFile: '', main: { user: 'a\0b' } } as Site),
    {
      code: 'GENERATE_UNQUOTABLE',
    },
  )
})

test('blocks are indented from their braces, comments do not count', (t) => {
  t.is(
    layOut('a {\n# not a block {\nb c;\n\n\nd {\n}\n\n}\ne\n"f"\n"g";\n'),
    'a {\n    # not a block {\n    b c;\n\n    d {\n    }\n}\ne\n    "f"\n    "g";\n',
  )
})
