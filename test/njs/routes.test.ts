// The shared route cases in Node, in the njs command, and through a real nginx: the same expectations everywhere.

import { join } from 'node:path'
import test from 'ava'
import { compileNjs } from '../../generate/njs/compile.ts'
import { edgeHandlers } from '../../generate/njs/edge.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import { findCode, literal } from '../../generate/njs/tables.ts'
import type { EdgeHandlers } from '../../njs/edge.ts'
import { type Decision, decide } from '../../njs/lib/decide.ts'
import { findIn } from '../../njs/lib/find.ts'
import { plainRequest } from '../../njs/testing/plain-request.ts'
import { nginxOrSkip, njsModule, startNginx } from '../helpers/nginx.ts'
import {
  askRaw,
  edgePath,
  headerOf,
  njsOrSkip,
  type RouteCase,
  type RouteFile,
  routeFiles,
  runNjs,
} from '../helpers/njs.ts'

const njsFolder = join(import.meta.dirname, '../../njs')

type Outcome = { found: Decision; logged: string[] }

function compare(
  t: { deepEqual: (a: unknown, b: unknown, m?: string) => unknown },
  one: RouteCase,
  got: Outcome,
) {
  const want = { target: '', uri: '', args: '', cookie: '', ...one.expect }
  t.deepEqual({ ...got.found }, want, one.title)
  if (one.logs !== undefined)
    t.deepEqual(got.logged.filter((line) => line.includes(one.logs as string)).length, 1)
}

async function handlersOf(file: RouteFile): Promise<EdgeHandlers> {
  const name = file.edge?.replace(/\.ts$/, '')
  return name === undefined ? {} : ((await import(`../fixtures/edge/${name}.ts`)) as EdgeHandlers)
}

for (const file of routeFiles) {
  test(`${file.file} holds in Node`, async (t) => {
    const edge = await handlersOf(file)
    for (const one of file.cases) {
      const logged: string[] = []
      const moment = { now: one.now ?? Date.now(), random: Math.random }
      const found = decide(
        findIn(file.table),
        file.table.named ?? {},
        edge,
        'postern_',
        plainRequest(one.request, logged),
        moment,
      )
      compare(t, one, { found, logged })
    }
  })

  test(`${file.file} holds in the njs command`, async (t) => {
    if (!njsOrSkip(t)) return
    const path = edgePath(file)
    const code = `
      import { decide } from './lib/decide.ts'
      import { findIn } from '../../njs/lib/find.ts'
import { plainRequest } from './testing/plain-request.ts'
      ${path ? `import { ${await edgeHandlers(path)} } from ${JSON.stringify(path)}` : ''}
      const edge = { ${path ? await edgeHandlers(path) : ''} }
      ${findCode(file.table)}
      const results = ${JSON.stringify(file.cases)}.map((one) => {
        const logged = []
        const moment = { now: one.now || Date.now(), random: Math.random }
        const r = plainRequest(one.request, logged)
        return { found: decide(find, ${literal(file.table.named ?? {})}, edge, 'postern_', r, moment), logged }
      })
      export default { run() { results.forEach((one) => console.log(JSON.stringify(one))) } }`
    const made = await compileNjs({
      entries: [{ name: 'cases', code, resolveDir: njsFolder }],
      target: 'njs-0.8',
      engine: false,
    })
    t.deepEqual(made.problems, [])
    const printed = runNjs(made.files.get('cases.js') as string).trim()
    const results = printed.split('\n').map((line) => JSON.parse(line) as Outcome)
    for (const [index, one] of file.cases.entries()) compare(t, one, results[index] as Outcome)
  })

  test(`${file.file} holds in nginx`, async (t) => {
    if (!nginxOrSkip(t) || !njsModule) return
    const path = edgePath(file)
    const script = await buildSiteScript({
      prefix: 'postern_',
      target: 'njs-0.7',
      routes: file.table,
      ...(path ? { edge: { path, handlers: await edgeHandlers(path) } } : {}),
    })
    t.deepEqual(script.problems, [])
    const nginx = await startNginx(page(file, script))
    t.teardown(() => nginx.stop())
    for (const one of file.cases.filter((one) => one.now === undefined)) {
      const before = nginx.errorLog().length
      const reply = await askRaw(nginx.front, one.request)
      const field = (name: string): string => Buffer.from(headerOf(reply, `x-${name}`), 'latin1').toString()
      const found = {
        name: field('name'),
        location: field('location'),
        target: field('target'),
        uri: field('uri'),
        args: field('args'),
        cookie: field('cookie'),
      }
      compare(t, one, { found, logged: nginx.errorLog().slice(before).split('\n') })
    }
  })
}

/** Every named location says what it was told. */
function page(file: RouteFile, script: Awaited<ReturnType<typeof buildSiteScript>>) {
  const { wiring } = script
  const locations = new Set(
    file.cases.map((one) => one.expect.location).filter((location) => location !== ''),
  )
  const says = (location: string): string => `
    add_header X-Location "${location}"; add_header X-Name $postern_name; add_header X-Target $postern_target;
    add_header X-Uri $postern_uri; add_header X-Args $postern_args; add_header X-Cookie $postern_cookie; return 200;`
  return {
    main: `load_module ${njsModule};`,
    files: Object.fromEntries(script.files),
    http: `js_path "%PREFIX%/"; js_import ${wiring.module} from ${wiring.file};
      ${wiring.set.map((one) => `js_set $${one.variable} ${one.handler};`).join('\n')}
      ${wiring.vars.map((one) => `js_var $${one.variable};`).join('\n')}`,
    server: `merge_slashes on;
      location / { error_page 597 = $postern_route; if ($postern_route) { return 597; } ${says('')} }
      ${[...locations].map((location) => `location ${location} { ${says(location)} }`).join('\n')}`,
  }
}
