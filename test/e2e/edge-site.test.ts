// The author's own edge.ts in a generated site: every kind of answer it may give, and what happens when it throws.
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { environOf, serveApp } from '../helpers/site.ts'

const edge = `
import type { EdgeRequest, EdgeResponse, HeaderChanges, NjsContentRequest, RouteResult } from 'postern/edge'

export function route(r: EdgeRequest): RouteResult {
  switch (r.uri) {
    case '/to-route': return { to: 'gone' }
    case '/to-moved/x': return { to: 'moved' }
    case '/to-shown': return { to: 'shown' }
    case '/to-shut': return { to: 'shut' }
    case '/to-app': return { to: 'main' }
    case '/away': return { redirect: '/elsewhere?x=1', status: 303 }
    case '/rewritten': return { rewrite: '/a b/é?y=2' }
    case '/answer': return { respond: true }
    case '/closed': return { maintenance: true }
    case '/throws': throw new Error('on purpose')
  }
  return undefined
}

export function headers(r: EdgeRequest, response: { status: number }): HeaderChanges {
  return { 'X-Edge': \`status \${response.status}\`, 'X-Gone': null }
}

export function respond(r: NjsContentRequest): EdgeResponse {
  return { status: 202, headers: { 'Content-Type': 'text/plain' }, body: \`\${r.method} \${r.uri}\` }
}
`

test('every answer of edge.ts is carried out; a throw costs only its wish', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask, nginx, built } = await serveApp(
    t,
    {
      routes: [
        { name: 'gone', path: '/gone', respond: { status: 410, body: 'gone' } },
        { name: 'moved', query: { moved: '1' }, redirect: '/new{path}{?args}' },
        { name: 'shown', query: { shown: '1' }, rewrite: '/shown{path}' },
        { name: 'shut', query: { shut: '1' }, maintenance: true },
      ],
    },
    { 'edge.ts': edge },
  )
  t.truthy(built.provenBy, 'the real engine has loaded the scripts')
  t.is((await ask('/to-route')).status, 410)
  const moved = await ask('/to-moved/x?y=1')
  t.deepEqual([moved.status, moved.headers.location], [308, '/new/to-moved/x?y=1'])
  t.is(environOf(await ask('/to-shown')).PATH_INFO, '/shown/to-shown')
  t.is((await ask('/to-shut')).status, 503)
  t.is(environOf(await ask('/to-app?q=1', { method: 'POST', body: 'x' })).PATH_INFO, '/to-app')
  const away = await ask('/away')
  t.deepEqual([away.status, away.headers.location], [303, '/elsewhere?x=1'])
  t.like(environOf(await ask('/rewritten?q=1')), {
    PATH_INFO: '/a b/Ã©',
    QUERY_STRING: 'y=2',
    REQUEST_URI: '/rewritten?q=1',
  })
  const large = await ask('/rewritten', { method: 'POST', body: Buffer.alloc(300_000) })
  t.is(JSON.parse(large.text).body, 300_000, 'a large body follows a rewrite')
  const answer = await ask('/answer')
  t.deepEqual(
    [answer.status, answer.text, answer.headers['content-type']],
    [202, 'GET /answer', 'text/plain'],
  )
  t.is((await ask('/closed')).status, 503)
  t.is(environOf(await ask('/throws')).PATH_INFO, '/throws')
  t.regex(nginx.errorLog(), /on purpose/)
  t.is((await ask('/')).headers['x-edge'], 'status 200')
})

for (const [what, text, message] of [
  ['a handler with a misspelt name', 'export const rout = () => undefined', /rout/],
  ['a mistake of syntax', 'export const route = (', /edge\.ts:1/],
  [
    'a global the engine lacks',
    'export const route = (r: { uri: string }) => ({ redirect: String(new URL(r.uri)) })',
    /URL/,
  ],
] as const) {
  test(`${what} in edge.ts stops the build with its reason`, async (t) => {
    const error = await t.throwsAsync(serveApp(t, {}, { 'edge.ts': text }))
    t.regex(error?.message ?? '', message)
  })
}
