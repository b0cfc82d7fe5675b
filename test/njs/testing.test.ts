// postern/testing's r against the real one: the same probe runs in nginx and in Node, for the engine that is installed.

import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  type Engine,
  engines,
  type FakeRequest,
  fakeRequest,
  tryHeaders,
  tryRespond,
  tryRoute,
} from '../../njs/testing/index.ts'
import probe from '../fixtures/probe/probe.js'
import { nginxOrSkip, njsModule, startNginx, tempFolder } from '../helpers/nginx.ts'
import { askRaw, fixtures, headerOf, njsOrSkip, njsVersion } from '../helpers/njs.ts'

type Probe = { show(r: FakeRequest): string; content(r: FakeRequest): void; redirect(r: FakeRequest): void }
const { show, content, redirect } = probe as unknown as Probe

function installed(): Engine {
  const [major, minor] = (njsVersion() as string).split('.').map(Number) as [number, number]
  return major > 0 || minor > 8 ? 'njs-1.0' : minor === 8 ? 'njs-0.8' : 'njs-0.7'
}

async function realNginx() {
  const prefix = tempFolder('probe')
  copyFileSync(join(fixtures, 'probe/probe.js'), join(prefix, 'probe.js'))
  return startNginx({
    prefix,
    main: `load_module ${njsModule};`,
    http: `js_path "%PREFIX%/"; js_import m from probe.js; js_set $show m.show; js_var $myvar; client_body_buffer_size 1k;`,
    server: `location / { return 200 $show; } location /content { js_content m.content; } location /redirect { js_content m.redirect; }`,
  })
}

const many: [string, string][] = [
  ['Host', 'Ho.st:81'],
  ['X-Rep', 'a'],
  ['x-rep', 'b'],
  ['Cookie', 'a=1'],
  ['Cookie', 'b=2'],
  ['X-Forwarded-For', '1'],
  ['X-Forwarded-For', '2'],
  ['Accept-Language', 'de'],
  ['User-Agent', 'one'],
  ['Connection', 'close'],
]
const requests = [
  { url: '/x%20y/../z//?a=1&a=2&b=%zz&c=%20+', headers: many },
  {
    url: '/',
    headers: [
      ['Host', 'h'],
      ['Connection', 'close'],
    ] as [string, string][],
  },
  {
    method: 'PUT',
    url: '/gr%C3%BC%C3%9Fe?',
    headers: [
      ['Host', 'h'],
      ['X-Rep', '1'],
      ['Connection', 'close'],
    ] as [string, string][],
  },
]

test('the fake r reads as the real one', async (t) => {
  if (!nginxOrSkip(t) || !njsOrSkip(t) || !njsModule) return
  const nginx = await realNginx()
  t.teardown(() => nginx.stop())
  const engine = installed()
  for (const request of requests) {
    const real = await askRaw(nginx.front, request)
    const fake = show(fakeRequest({ ...request, engine, writable: ['myvar'] }))
    const said = Buffer.from(real.body, 'latin1').toString()
    t.deepEqual(comparable(fake), comparable(said), request.url)
  }
})

/** QuickJS lists a header once per spelling; nothing of postern counts headers. */
const comparable = (text: string): unknown[] =>
  (JSON.parse(text) as unknown[]).filter(
    (value) => process.env.POSTERN_TEST_JS_ENGINE !== 'qjs' || !Array.isArray(value) || value[0] !== 'Host',
  )

test('the fake r answers as the real one', async (t) => {
  if (!nginxOrSkip(t) || !njsOrSkip(t) || !njsModule) return
  const nginx = await realNginx()
  t.teardown(() => nginx.stop())
  const engine = installed()
  for (const body of [undefined, 'abc', 'x'.repeat(5000)]) {
    const real = await askRaw(nginx.front, { method: 'POST', url: '/content', ...(body ? { body } : {}) })
    const r = fakeRequest({ url: '/content', engine, bodyBufferBytes: 1024, ...(body ? { body } : {}) })
    content(r)
    t.deepEqual(JSON.parse(r.answer?.body as string), JSON.parse(real.body))
    const own = (lines: [string, string][]) => lines.filter(([name]) => /^(x|set-cookie)/i.test(name))
    t.deepEqual(own(r.sent()), own(real.headers))
  }
  const real = await askRaw(nginx.front, { url: '/redirect' })
  const r = fakeRequest({ url: '/redirect', engine })
  if (engine === 'njs-1.0') t.throws(() => redirect(r), { message: 'invalid header value' })
  else redirect(r)
  t.is(headerOf(real, 'x-evil'), r.sent().find(([name]) => name === 'X-Evil')?.[1] ?? '')
})

test('the glue keeps line ends out of headers on every engine', async (t) => {
  const edge = {
    headers: () => ({ 'X-Note': 'a\r\nX-Evil: 1', 'X Bad': 'x', 'Content-Length': '1', 'X-Old': null }),
    respond: () => ({ status: 302, headers: { Location: '/a\r\nX-Evil: 1', 'X-B': 'b\nc' } }),
  }
  for (const engine of engines) {
    const request = { url: '/', engine, response: { headers: [['X-Old', '1']] as [string, string][] } }
    const seen = tryHeaders(edge, request)
    t.deepEqual(seen.headers, [['X-Note', 'a X-Evil: 1']])
    t.is(seen.logged.length, 2)
    const answer = await tryRespond(edge, request)
    t.deepEqual(
      [answer.status, answer.headers.filter(([name]) => name !== 'X-Old')],
      [
        302,
        [
          ['Location', '/a X-Evil: 1'],
          ['X-B', 'b c'],
        ],
      ],
    )
  }
})

test('a throw in headers or respond is logged and answered', async (t) => {
  const edge = {
    headers: () => {
      throw new Error('oh')
    },
    respond: () => Promise.reject(new Error('no')),
  }
  const seen = tryHeaders(edge, { url: '/', response: { headers: [['X-A', '1']] } })
  t.deepEqual(seen.headers, [['X-A', '1']])
  t.deepEqual(seen.logged, [{ level: 'error', message: 'edge.ts headers: oh' }])
  const answer = await tryRespond(edge, { url: '/' })
  t.deepEqual([answer.status, answer.logged[0]?.message], [500, 'edge.ts respond: no'])
  t.is((await tryRespond({ respond: () => ({ status: 99 }) }, { url: '/' })).status, 500)
})

test('an author tries a route in one line', (t) => {
  const route = () => ({ redirect: '/x{?args}' as const, status: 307 as const })
  const found = tryRoute({ route }, { url: '/y?a=1' })
  t.deepEqual([found.location, found.target], ['@postern_redirect_307', '/x?a=1'])
})
