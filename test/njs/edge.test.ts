// The author's `headers` and `respond` through a real nginx: what they may, and what the glue stops.

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { edgeExports, edgeHandlers } from '../../generate/njs/edge.ts'
import { buildSiteScript } from '../../generate/njs/site-script.ts'
import { preferredLanguage } from '../../njs/edge.ts'
import { nginxOrSkip, njsModule, startNginx } from '../helpers/nginx.ts'
import { askRaw, fixtures, headerOf } from '../helpers/njs.ts'

const path = join(fixtures, 'edge/answers.ts')

async function serve(t: ExecutionContext) {
  const made = await buildSiteScript({
    prefix: 'postern_',
    target: 'njs-0.7',
    edge: { path, handlers: await edgeHandlers(path) },
  })
  t.deepEqual(made.problems, [])
  const { wiring } = made
  const nginx = await startNginx({
    main: `load_module ${njsModule};`,
    files: Object.fromEntries(made.files),
    http: `js_path "%PREFIX%/"; js_import ${wiring.module} from ${wiring.file};
      ${wiring.set.map((one) => `js_set $${one.variable} ${one.handler};`).join('\n')}
      ${wiring.vars.map((one) => `js_var $${one.variable};`).join('\n')}
      server { listen unix:%PREFIX%/app.sock; location / { add_header X-App secret; add_header Set-Cookie app=1; return 201 "from the app"; } }`,
    server: `client_body_buffer_size 16k;
      location / { error_page 597 = $postern_route; if ($postern_route) { return 597; }
        js_header_filter ${wiring.headerFilter}; proxy_pass http://unix:%PREFIX%/app.sock; }
      location @postern_respond { js_content ${wiring.content}; }`,
  })
  t.teardown(() => nginx.stop())
  return nginx
}

test('headers changes the answer of the application, within its bounds', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve(t)
  const reply = await askRaw(nginx.front, { url: '/' })
  t.deepEqual([reply.status, reply.body], [201, 'from the app'])
  t.is(headerOf(reply, 'x-saw'), '201 secret')
  t.is(headerOf(reply, 'x-app'), '')
  t.is(headerOf(reply, 'x-split'), 'a X-Evil: 1')
  t.is(headerOf(reply, 'x-evil'), '')
  t.deepEqual(
    reply.headers.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value),
    ['a=1', 'b=2'],
  )
  t.regex(nginx.errorLog(), /a handler may not set the header Content-Length/)
})

test('a throw in headers leaves the answer as it was', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve(t)
  const reply = await askRaw(nginx.front, { url: '/throws' })
  t.deepEqual([reply.status, reply.body, headerOf(reply, 'x-app')], [201, 'from the app', 'secret'])
  t.regex(nginx.errorLog(), /edge\.ts headers: in headers/)
})

test('respond answers, waits, reads small bodies and refuses large ones', async (t) => {
  if (!nginxOrSkip(t) || !njsModule) return
  const nginx = await serve(t)
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
  const ok = await askRaw(nginx.front, { method: 'POST', url: '/answer/x', body: 'hello' })
  t.deepEqual([ok.status, ok.body], [200, `POST waited ${digest('hello')}`])
  t.is(headerOf(ok, 'content-type'), 'text/plain')
  t.is((await askRaw(nginx.front, { url: '/answer/x' })).body, `GET waited ${digest('')}`)
  t.is((await askRaw(nginx.front, { method: 'HEAD', url: '/answer/x' })).body, '')
  const teapot = await askRaw(nginx.front, { url: '/answer/teapot' })
  t.deepEqual(
    [teapot.status, headerOf(teapot, 'x-split'), headerOf(teapot, 'x-evil')],
    [418, 'a X-Evil: 1', ''],
  )
  const moved = await askRaw(nginx.front, { url: '/answer/moved' })
  t.is(moved.status, 301)
  t.true(headerOf(moved, 'location').endsWith('/x X-Evil: 1'))
  t.is(headerOf(moved, 'x-evil'), '')
  t.is((await askRaw(nginx.front, { url: '/answer/throws' })).status, 500)
  const large = await askRaw(nginx.front, { method: 'POST', url: '/answer/x', body: 'x'.repeat(100_000) })
  const readable = large.body === `POST waited ${digest('x'.repeat(100_000))}`
  t.true(large.status === 413 || readable, String(large.status))
})

test('the exports of an edge.ts are known without running it', async (t) => {
  t.deepEqual(await edgeExports(path), { handlers: ['route', 'headers', 'respond'], unknown: [] })
  const state = await edgeExports(join(fixtures, 'edge-problems/names.ts'))
  t.deepEqual(state.handlers, ['route'])
})

const languages: [string, string][] = [
  ['', 'en'],
  ['de', 'de'],
  ['de-AT, en;q=0.5', 'de'],
  ['fr, de;q=0.3, en;q=0.4', 'en'],
  ['zh-Hant-TW', 'zh-hant'],
  ['fr', 'en'],
  ['*', 'en'],
  ['de;q=0, *;q=0.1', 'en'],
]
for (const [accept, expected] of languages) {
  test(`Accept-Language "${accept}" finds ${expected}`, (t) => {
    t.is(preferredLanguage(accept, ['en', 'de', 'zh-hant']), expected)
  })
}
