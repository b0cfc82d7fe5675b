import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { findSiteFile, loadSite } from '../../config/load.ts'
import { PosternError } from '../../errors.ts'

function folder(t: ExecutionContext, files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), 'postern-config-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text)
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

async function refused(t: ExecutionContext, name: string, text: string): Promise<PosternError> {
  const path = join(folder(t, { [name]: text }), name)
  const error = await t.throwsAsync(loadSite(path), { instanceOf: PosternError })
  return error as PosternError
}

const site = 'listen: [8000], app: wsgi({ module: "shop:app" })'

for (const [name, text] of [
  [
    'postern.config.ts',
    `import { defineSite, wsgi } from 'postern'\nexport default defineSite({ ${site} } as const)`,
  ],
  [
    'postern.config.mjs',
    `import { defineSite, wsgi } from 'postern'\nexport default defineSite({ ${site} })`,
  ],
  ['postern.config.js', `import { wsgi } from 'postern'\nexport default { ${site} }`],
  ['postern.config.json', '{ "listen": [8000], "app": { "kind": "wsgi", "module": "shop:app" } }'],
] as const) {
  test(`reads ${name}, and defaults are filled in`, async (t) => {
    const path = join(folder(t, { [name]: text }), name)
    const { config } = await loadSite(path)
    t.deepEqual(config.listen, ['8000'])
    t.like(config.app, { kind: 'wsgi', module: 'shop:app', at: '/' })
    t.is(config.unknownHosts, 'drop')
  })
}

test('a site file may import its neighbours and read its own folder', async (t) => {
  const path = folder(t, {
    'names.ts': 'export const names: string[] = ["example.org"]',
    'postern.config.ts':
      'import { names } from "./names.ts"\nexport default { serverNames: names, runDir: import.meta.dirname, app: { kind: "wsgi", module: "a" } }',
  })
  const { config } = await loadSite(findSiteFile(path))
  t.deepEqual(config.serverNames, ['example.org'])
  t.is(config.runDir, path)
})

test('a site file may use npm packages', async (t) => {
  const path = folder(t, {
    'postern.config.mjs': 'import found from "nowhere-to-be-found"\nexport default found',
  })
  const error = await t.throwsAsync(loadSite(findSiteFile(path)), { code: 'CONFIG_UNREADABLE' })
  t.regex(error?.message ?? '', /nowhere-to-be-found/)
})

for (const [how, first] of [
  ['alone', ''],
  ['with a package', 'import { parse } from "yaml"\nparse("1")\n'],
])
  test(`an error while a site file runs has its place, ${how}`, async (t) => {
    const lines = `${first}\nimport { port } from './more.ts'\nexport default { listen: [port()] }\n`
    const path = folder(t, {
      'package.json': '{}',
      'more.ts': 'type Port = number\n\nexport const port = (): Port => nowhere.port\n',
      'postern.config.ts': lines,
    })
    const modules = join(import.meta.dirname, '../../node_modules')
    if (first !== '') symlinkSync(modules, join(path, 'node_modules'))
    const { message, place } = (await t.throwsAsync(loadSite(findSiteFile(path)), {
      code: 'CONFIG_UNREADABLE',
    })) as PosternError
    t.is(message, `${path}/postern.config.ts cannot be read: it failed while running: nowhere is not defined`)
    t.like(place, { file: join(path, 'more.ts'), line: 3 })
  })

test('a folder without a site file says what to do', (t) => {
  const error = t.throws(() => findSiteFile(folder(t, {})), { code: 'CONFIG_NOT_FOUND' }) as PosternError
  t.regex(error.hint ?? '', /postern init/)
})

test('a syntax error has its place', async (t) => {
  const error = await refused(t, 'postern.config.ts', 'export default {\n  listen: [8000,,\n')
  t.is(error.code, 'CONFIG_UNREADABLE')
  t.like(error.place, { line: 3 })
})

test('an unknown key is named with its place and the key that was meant', async (t) => {
  const error = await refused(t, 'postern.config.ts', 'export default {\n  listn: [8000],\n}')
  t.regex(error.message, /listn: unknown key \(did you mean listen\?\)/)
  t.like(error.place, { line: 2, column: 3 })
})

test('an unknown key far inside is found too', async (t) => {
  const error = await refused(
    t,
    'postern.config.mjs',
    'export default { app: { kind: "django", projct: "." } }',
  )
  t.regex(error.message, /app\.projct: unknown key \(did you mean project\?\)/)
})

const values: [string, string, RegExp][] = [
  ['a port out of range', '{ listen: [80800] }', /listen\[0\]: found 80800, expected a port \(1 to 65535\)/],
  [
    'a word out of a list',
    '{ unknownHosts: "dorp" }',
    /unknownHosts: found "dorp", expected "drop", "misdirected" or "serve" \(did you mean drop\?\)/,
  ],
  ['a wrong kind of value', '{ serverNames: "a.org" }', /serverNames: found "a.org", expected a list/],
  ['a wrong kind of application', '{ app: { kind: "flask" } }', /app(\.kind)?: found .*flask/],
  [
    'a folder without its last slash',
    '{ static: [{ at: "/static", root: "s" }] }',
    /static\[0\]\.at: found "\/static", expected a path that begins and ends with \//,
  ],
  [
    'a line break in a header',
    '{ headers: { "X-A": "a\\r\\nSet-Cookie: b" } }',
    /headers\["X-A"\]: .*expected one line of text/,
  ],
  [
    'an option of the gateway out of range',
    '{ gateway: { processes: -1 } }',
    /gateway\.processes: found -1, expected at least 0/,
  ],
  [
    'a misspelt option of the gateway',
    '{ gateway: { proceses: 2 } }',
    /gateway\.proceses: unknown key \(did you mean processes\?\)/,
  ],
  ['both app and apps', '{ app: { kind: "django" }, apps: {} }', /either app or apps, not both/],
  ['a host that is none', '{ serverNames: ["a b"] }', /serverNames\[0\]: found "a b", expected a host name/],
]
for (const [what, text, message] of values) {
  test(`refuses ${what}, saying what was found and what is allowed`, async (t) => {
    const error = await refused(t, 'postern.config.mjs', `export default ${text}`)
    t.is(error.code, 'CONFIG_INVALID')
    t.regex(error.message, message)
    t.is(error.exitCode, 2)
  })
}

test('every problem is told at once', async (t) => {
  const error = await refused(
    t,
    'postern.config.mjs',
    'export default { listn: [1], unknownHosts: 1, limits: { body: "x" } }',
  )
  t.is((error.facts as { problems: string[] }).problems.length, 3)
})

for (const [what, text] of [
  ['nothing', 'export const site = {}'],
  ['a list', 'export default []'],
  ['a function', 'export default () => ({})'],
]) {
  test(`a site file that exports ${what} is told what to export`, async (t) => {
    const error = await refused(t, 'postern.config.mjs', text as string)
    t.is(error.code, 'CONFIG_NO_SITE')
    t.regex(error.message, new RegExp(what as string))
  })
}
