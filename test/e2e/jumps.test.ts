// What follows a jump njs or a large body has made: preflights, the page for an application that is away, maintenance.
// nginx looks at no second error_page on its own.
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { everyNginx } from '../helpers/other-nginx.ts'
import { serveSite } from '../helpers/site.ts'

const edge = `
export const route = (r: { uri: string }) =>
  r.uri === '/by-name' ? { to: 'main' } : r.uri === '/by-closed' ? { to: 'closed' } : undefined
export const rewrite = (r: { uri: string }) => (r.uri === '/rewritten' ? '/else' : undefined)
`
const cors = { origins: ['https://a.example'], methods: ['PUT'] }

for (const { binary, version } of everyNginx()) {
  test(`nginx ${Object.values(version).join('.')}: pages and preflights where a jump has led`, async (t) => {
    if (!nginxOrSkip(t)) return
    const { ask } = await serveSite(
      t,
      {
        nginx: { binary },
        app: { kind: 'wsgi', file: 'app.py' },
        routes: [
          { name: 'chosen', query: { chosen: '1' }, cors },
          { name: 'moved', query: { moved: '1' }, rewrite: '/new{path}' },
          { name: 'closed', path: '/closed', maintenance: true },
        ],
      },
      { 'edge.ts': edge, 'app.py': '' },
      binary,
    )
    const large = { method: 'POST', body: Buffer.alloc(100_000) }
    for (const [path, how] of [
      ['/', {}],
      ['/', large],
      ['/?chosen=1', {}],
      ['/?moved=1', {}],
      ['/by-name', {}],
      ['/by-name', large],
      ['/rewritten', {}],
      ['/closed', {}],
      ['/by-closed', {}],
    ] as const) {
      const { status, headers, text } = await ask(path, how)
      t.deepEqual([status, headers['content-type']], [503, 'text/html; charset=utf-8'], path)
      t.regex(text, path.endsWith('closed') ? /maintenance/ : /Back in a moment/, path)
    }
    const preflight = { origin: 'https://a.example', 'access-control-request-method': 'PUT' }
    const asked = await ask('/?chosen=1', { method: 'OPTIONS', headers: preflight })
    t.deepEqual([asked.status, asked.headers['access-control-allow-methods']], [204, 'PUT'])
  })
}

test('headers and cors of all hold for the page of an application that is away', async (t) => {
  if (!nginxOrSkip(t)) return
  const all = { cors, headers: { 'X-All': 'yes', 'Cache-Control': 'public, max-age=60' } }
  const { ask } = await serveSite(t, { all, app: { kind: 'wsgi', file: 'app.py' } }, { 'app.py': '' })
  const { status, headers } = await ask('/', { headers: { origin: 'https://a.example' } })
  t.is(status, 503)
  t.deepEqual(
    [headers['access-control-allow-origin'], headers['x-all'], headers['cache-control']],
    ['https://a.example', 'yes', 'no-store'],
  )
  t.is(
    (await ask('/', { headers: { origin: 'https://b.example' } })).headers['access-control-allow-origin'],
    undefined,
  )
})

test('a large upload to an application that is away gets the page without njs routes, too', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveSite(t, { app: { kind: 'wsgi', file: 'app.py' } }, { 'app.py': '' })
  const { status, text } = await ask('/', { method: 'POST', body: Buffer.alloc(100_000) })
  t.is(status, 503)
  t.regex(text, /Back in a moment/)
})
