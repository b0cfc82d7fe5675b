// docs/edge.md, executed: every recipe is compiled, loaded by njs and passes its own test; the Python block makes links
// that the script accepts.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { edgeHandlers } from '../../generate/njs/edge.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import { checkLink } from '../../njs/lib/signed.ts'

const root = join(import.meta.dirname, '../..')
const doc = readFileSync(join(root, 'docs/edge.md'), 'utf8')

const block = (text: string, name: string): string =>
  text.split(`\`\`\`${name}\n`)[1]?.split('\n```')[0] ?? ''

const recipes = doc
  .split('\n### ')
  .slice(1)
  .map((text) => ({
    title: text.split('\n')[0] as string,
    edge: block(text, 'ts edge.ts'),
    tests: block(text, 'ts edge.test.ts'),
  }))

// Inside the repository, so that its packages are found.
const folder = (() => {
  const cache = join(root, 'node_modules/.cache')
  mkdirSync(cache, { recursive: true })
  return mkdtempSync(join(cache, 'postern-recipes-'))
})()
test.after.always(() => rmSync(folder, { recursive: true, force: true }))

test('there are at least six recipes', (t) => {
  t.true(recipes.length >= 6)
  t.true(recipes.every((recipe) => recipe.edge !== '' && recipe.tests !== ''))
})

for (const [index, { title, edge, tests }] of recipes.entries()) {
  test(`recipe ${title}: builds for the oldest engine and passes its test`, async (t) => {
    const own = join(folder, String(index))
    mkdirSync(own)
    const path = join(own, 'edge.ts')
    writeFileSync(path, edge)
    const made = await buildSiteScript({
      prefix: 'postern_',
      target: 'njs-0.7',
      edge: { path, handlers: await edgeHandlers(path) },
    })
    t.deepEqual(made.problems, [])
    t.is(made.files.size, 1)

    const outfile = join(own, 'test.mjs')
    await build({
      stdin: {
        contents: `import assert from 'node:assert/strict'
          import { createHmac } from 'node:crypto'
          import { engines, tryHeaders, tryRespond, tryRoute } from 'postern/testing'
          import * as edge from './edge.ts'
          ${tests}
          void [createHmac, engines, tryHeaders, tryRespond, tryRoute]`,
        resolveDir: own,
        loader: 'ts',
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      outfile,
      alias: {
        'postern/edge': join(root, 'njs/edge.ts'),
        'postern/testing': join(root, 'njs/testing/index.ts'),
      },
    })
    await t.notThrowsAsync(import(outfile))
  })
}

test('the link that the Python block makes is accepted', (t) => {
  const secret = 'a secret of more than thirty-two bytes'
  const python = `${block(doc, 'python')}\nprint(signed_url('/media/reports/März 1.pdf', '${secret}'))`
  const url = execFileSync('python3', ['-c', python], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONUTF8: '1' },
  }).trim()
  const [path, args] = url.split('?') as [string, string]
  t.is(checkLink(secret, decodeURI(path), args, Date.now()), '1')
  t.is(checkLink(secret, decodeURI(path), args, Date.now() + 3_700_000), 'expired')
})

test('the tsconfig for authors knows what every engine has, and no more', (t) => {
  const own = join(folder, 'typed')
  mkdirSync(own)
  const config = {
    extends: join(root, 'njs/edge.tsconfig.json'),
    compilerOptions: { paths: { 'postern/edge': [join(root, 'njs/edge.ts')] } },
    include: ['edge.ts'],
  }
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify(config))
  const check = (text: string): string => {
    writeFileSync(join(own, 'edge.ts'), text)
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', own],
      {
        encoding: 'utf8',
      },
    )
    return stdout
  }
  const webhook = recipes.find(({ title }) => title.startsWith('6.'))?.edge as string
  t.is(check(webhook), '')
  t.regex(
    check(`${webhook}\nexport const seen = new Map<string, string>()\n`),
    /'Map' only refers to a type|Cannot find name 'Map'/,
  )
})

test('the recipes and their tests pass a strict type check, as an author would run it', (t) => {
  const own = join(folder, 'strict')
  for (const [index, { edge, tests }] of recipes.entries()) {
    // Types of npm libraries are the author's affair.
    if (/from 'ms'/.test(edge)) continue
    const place = join(own, String(index))
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'edge.ts'), edge)
    writeFileSync(
      join(place, 'edge.test.ts'),
      `import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { engines, tryHeaders, tryRespond, tryRoute } from 'postern/testing'
import * as edge from './edge.ts'
test('recipe', async () => {
${tests}
  void [createHmac, engines, tryHeaders, tryRespond, tryRoute]
})
`,
    )
  }
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    noEmit: true,
    allowImportingTsExtensions: true,
    noImplicitAny: false, // the pages' helpers are untyped arrows
    types: ['node'],
    paths: {
      'postern/edge': [join(root, 'njs/edge.ts')],
      'postern/testing': [join(root, 'njs/testing/index.ts')],
    },
  }
  writeFileSync(join(own, 'package.json'), '{"type":"module"}')
  writeFileSync(join(own, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*/edge.test.ts'] }))
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', own], {
    encoding: 'utf8',
  })
  t.is(stdout, '')
})
