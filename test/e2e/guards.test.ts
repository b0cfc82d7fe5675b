// Signed links, tokens, nonces, trace ids and per-visitor limits, through nginx to the application.
import { createHmac } from 'node:crypto'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { environOf, serveApp } from '../helpers/site.ts'

const secret = 'a secret of more than thirty-two bytes'
const hmac = (text: string): string => createHmac('sha256', secret).update(text).digest('base64url')
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

test('only signed links open signed media; only tokens open token routes', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask, built } = await serveApp(
    t,
    {
      media: [{ at: '/private/', root: 'private', access: 'signed' }],
      signedLinks: { secret },
      tokens: { secret, issuer: 'me' },
      routes: [{ name: 'api', path: '/api/', token: true, cors: { origins: ['https://app.example'] } }],
    },
    { 'private/a b.txt': 'for your eyes' },
  )
  const link = (path: string, expires: number) =>
    `${encodeURI(path)}?e=${expires}&s=${hmac(`${path}\n${expires}`)}`
  const later = Math.floor(Date.now() / 1000) + 600
  const good = await ask(link('/private/a b.txt', later))
  t.deepEqual([good.status, good.text], [200, 'for your eyes'])
  t.is((await ask(link('/private/a b.txt', 1))).status, 410)
  t.is((await ask('/private/a%20b.txt')).status, 403)
  t.is((await ask(`/private/a%20b.txt?e=${later}&s=${hmac(`/private/other.txt\n${later}`)}`)).status, 403)

  const head = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'me', sub: 'ann', exp: later })}`
  const headers = { authorization: `Bearer ${head}.${hmac(head)}` }
  t.is(environOf(await ask('/api/x', { headers })).POSTERN_TOKEN_SUBJECT, 'ann')
  const refused = await ask('/api/x', { headers: { authorization: `Bearer ${head}.${hmac('other')}` } })
  t.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer'])
  t.is((await ask('/open')).status, 200)
  const preflight = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
  t.is(
    (await ask('/api/x', { method: 'OPTIONS', headers: preflight })).status,
    204,
    'a preflight has no token',
  )

  for (const name of [...built.files.keys()].filter((path) => path.startsWith('njs/'))) {
    t.is(statSync(join(built.out, name)).mode & 0o077, 0, `${name} holds a secret`)
  }
})

test('each answer has its own nonce, each request one id for application and trace, each visitor a limit', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, {
    contentSecurityPolicy: "script-src 'nonce-{nonce}'",
    trace: { trustIncoming: true },
    routes: [{ name: 'slow', path: '/slow/', limitRequests: { rate: '1r/m', burst: 0, by: 'user' } }],
  })
  const [one, two] = [await ask('/'), await ask('/')]
  const nonce = environOf(one).CSP_NONCE as string
  t.is(one.headers['content-security-policy'], `script-src 'nonce-${nonce}'`)
  t.not(environOf(two).CSP_NONCE, nonce)
  const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const environ = environOf(await ask('/', { headers: { traceparent: trace } }))
  t.regex(environ.HTTP_TRACEPARENT as string, /^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/)
  t.truthy(environ.HTTP_X_REQUEST_ID)
  const visitor = async (id: string) =>
    (await ask('/slow/', { headers: { cookie: `sessionid=${id}` } })).status
  t.deepEqual([await visitor('a'), await visitor('a'), await visitor('b')], [200, 429, 200])
})
