// What `all` says holds for the answers edge.ts gives in the application's place, too: redirects, rewrites, respond.
import { createHmac } from 'node:crypto'
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { everyNginx } from '../helpers/other-nginx.ts'
import { environOf, serveApp } from '../helpers/site.ts'

const edge = `
export const route = (r: { uri: string }) =>
  r.uri === '/away' ? { redirect: '/there' }
  : r.uri === '/answer' ? { respond: true }
  : r.uri === '/other' ? { rewrite: '/else' }
  : undefined
export const respond = () => ({ status: 200, headers: { 'X-Frame-Options': 'DENY' }, body: 'said' })
`
const ways = ['/away', '/answer', '/other', '/']
const statuses = [302, 200, 200, 200]
const secret = 'x'.repeat(32)
const part = (value: object | string) => Buffer.from(JSON.stringify(value)).toString('base64url')
const signed = `${part({ alg: 'HS256' })}.${part({ sub: 'anna', exp: 4102444800 })}`
const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
const own = 'https://a.example'

for (const { binary, version } of everyNginx()) {
  const nginx = { binary }
  const of = `nginx ${Object.values(version).join('.')}`

  test(`${of}: headers, cors and token of all hold for what edge.ts answers`, async (t) => {
    if (!nginxOrSkip(t)) return
    const { ask } = await serveApp(
      t,
      {
        nginx,
        tokens: { secret },
        all: { token: true, headers: { 'X-All': 'yes' }, cors: { origins: [own], methods: ['PUT'] } },
      },
      { 'edge.ts': edge },
      binary,
    )
    const known = { authorization: `Bearer ${token}`, origin: own }
    for (const [index, path] of ways.entries()) {
      const refused = await ask(path)
      t.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer'], path)
      t.is(refused.headers['x-all'], 'yes', path)
      const { status, headers } = await ask(path, { headers: known })
      t.is(status, statuses[index] as number, path)
      t.deepEqual(
        [headers['x-all'], headers['access-control-allow-origin'], headers['x-content-type-options']],
        ['yes', own, 'nosniff'],
        path,
      )
      const preflight = { origin: own, 'access-control-request-method': 'PUT' }
      const asked = await ask(path, { method: 'OPTIONS', headers: preflight })
      t.deepEqual([asked.status, asked.headers['access-control-allow-methods']], [204, 'PUT'], path)
    }
    const said = await ask('/answer', { headers: known })
    t.deepEqual([said.text, said.headers['x-frame-options']], ['said', 'DENY'], 'its own header wins')
    t.is((await ask('/away', { headers: known })).headers.location, '/there')
  })

  test(`${of}: limits of all count answers of edge.ts and of the application together`, async (t) => {
    if (!nginxOrSkip(t)) return
    const limitRequests = { rate: '1r/m', burst: 2, by: { cookie: 'who' } }
    const { ask } = await serveApp(
      t,
      { nginx, all: { limitRequests, headers: { 'X-All': 'yes' } } },
      { 'edge.ts': edge },
      binary,
    )
    const times = async (who: string, ...paths: string[]) => {
      const found: number[] = []
      for (const path of paths) found.push((await ask(path, { headers: { cookie: `who=${who}` } })).status)
      return found
    }
    t.deepEqual(await times('anna', ...ways), [302, 200, 200, 429])
    t.deepEqual(await times('bert', '/away', '/away', '/away', '/away'), [302, 302, 302, 429])
    t.deepEqual(await times('carl', '/', '/', '/', '/answer', '/away'), [200, 200, 200, 429, 429])
    t.is((await ask('/away', { headers: { cookie: 'who=carl' } })).headers['x-all'], 'yes')
    t.is(
      (await ask('/away', { headers: { cookie: 'who=dora' } })).headers['x-all'],
      'yes',
      'behind the limit',
    )
  })

  test(`${of}: a kept answer of a rewritten path is not given for another one`, async (t) => {
    if (!nginxOrSkip(t)) return
    const { ask } = await serveApp(
      t,
      { nginx, all: { cache: { for: '1m' } } },
      {
        'edge.ts': `export const rewrite = (r: any) => r.uri === '/page' ? '/' + (r.headersIn['X-Lang'] || 'en') : undefined`,
      },
      binary,
    )
    const page = async (language: string) =>
      environOf(await ask('/page', { headers: { 'x-lang': language } })).PATH_INFO
    t.deepEqual([await page('de'), await page('fr'), await page('de')], ['/de', '/fr', '/de'])
  })
}
