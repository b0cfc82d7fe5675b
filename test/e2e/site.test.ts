// Sites as site files say them, served by a real nginx, gateway and application: one page per concern.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { environOf, serveApp } from '../helpers/site.ts'

test('the application is told the truth about the client, whatever the client says', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t)
  const lies = {
    host: 'shop.example:8443',
    'x-forwarded-for': '1.2.3.4',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    forwarded: 'host=evil.example',
    proxy: 'http://evil.example',
    authorization: `Basic ${Buffer.from('admin:x').toString('base64')}`,
    'x-real-ip': '1.2.3.4',
  }
  const environ = environOf(await ask('/a%20b/%C3%A9?x=%20', { headers: lies }))
  t.like(environ, {
    PATH_INFO: '/a b/Ã©',
    SCRIPT_NAME: '',
    QUERY_STRING: 'x=%20',
    REQUEST_URI: '/a%20b/%C3%A9?x=%20',
    HTTP_HOST: 'shop.example:8443',
    HTTP_X_FORWARDED_PROTO: 'http',
    SERVER_PROTOCOL: 'HTTP/1.1',
  })
  for (const gone of [
    'HTTP_X_FORWARDED_HOST',
    'HTTP_FORWARDED',
    'HTTP_PROXY',
    'REMOTE_USER',
    'HTTPS',
    'HTTP_X_REAL_IP',
    'POSTERN_BODY_FILE',
  ]) {
    t.is(environ[gone], undefined, gone)
  }
  t.not(environ.HTTP_X_FORWARDED_FOR, '1.2.3.4')
})

test('headers the application sends are not sent twice; those it does not send are', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t)
  const own = await ask('/headers')
  t.is(own.headers['x-frame-options'], 'DENY')
  t.is(own.headers['referrer-policy'], 'no-referrer')
  t.is(own.rawHeaders.filter((name) => name.toLowerCase() === 'x-frame-options').length, 1)
  const none = await ask('/')
  t.is(none.headers['x-frame-options'], 'SAMEORIGIN')
  t.is(none.headers['x-content-type-options'], 'nosniff')
})

test('large bodies arrive whole, too large ones are refused', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, { limits: { body: '1m' } })
  for (const size of [1, 70_000, 199_999, 200_000, 999_999, 1_048_576]) {
    const reply = await ask('/', { method: 'POST', body: Buffer.alloc(size, 'x') })
    t.is(reply.text.startsWith('{') ? JSON.parse(reply.text).body : reply.text, size)
  }
  // The head alone: nginx refuses before the body, and a client that is still writing may see a reset instead.
  const refused = await ask('/', {
    method: 'POST',
    headers: { 'content-length': '1048577', expect: '100-continue' },
  })
  t.is(refused.status, 413)
})

test('limits, addresses, passwords: each route has its own', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(
    t,
    {
      rateLimits: { login: { rate: '1r/m', burst: 1 } },
      routes: [
        { name: 'login', path: '/login/', limitRequests: 'login' },
        { name: 'secret', path: '/secret/', password: 'users' },
        { name: 'inside', path: '/inside/', allow: ['10.0.0.0/8'] },
        { name: 'small', path: '/small/', body: '1k' },
        { name: 'feed', path: '/feed/', events: true },
        { name: 'closed', path: '/closed', respond: { status: 410, body: 'Gone; "for" good $1\n' } },
        { name: 'new', path: '/old', redirect: '/new', status: 301 },
        { name: 'users', matches: '^/u/(\\d+)$', redirect: '/people/{1}{?args}' },
      ],
      redirects: { '/moved': 'https://elsewhere.example/x' },
    },
    { users: 'anna:{PLAIN}geheim\n' },
  )
  const statuses = []
  for (let i = 0; i < 4; i++) statuses.push((await ask('/login/')).status)
  t.deepEqual(statuses, [200, 200, 429, 429])
  t.is((await ask('/other/')).status, 200)

  t.is((await ask('/secret/')).status, 401)
  const anna = { authorization: `Basic ${Buffer.from('anna:geheim').toString('base64')}` }
  t.is(environOf(await ask('/secret/', { headers: anna })).REMOTE_USER, 'anna')

  t.is((await ask('/inside/')).status, 403)
  t.is((await ask('/small/', { method: 'POST', body: 'x'.repeat(1025) })).status, 413)
  t.is((await ask('/small/', { method: 'POST', body: 'x'.repeat(1024) })).status, 200)
  t.is((await ask('/feed/')).status, 200)

  const gone = await ask('/closed')
  t.deepEqual([gone.status, gone.text], [410, 'Gone; "for" good $1\n'])
  t.deepEqual([(await ask('/old?a=1')).status, (await ask('/old?a=1')).headers.location], [301, '/new?a=1'])
  t.is((await ask('/u/42?x=1')).headers.location, '/people/42?x=1')
  t.is((await ask('/moved?a=b')).headers.location, 'https://elsewhere.example/x?a=b')
})

test('one request of many makes a cached answer; cookies and errors are respected', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, {
    routes: [
      {
        name: 'news',
        path: '/news/',
        cache: { for: '60s', purgeHeader: 'X-Refresh', purgeFrom: ['unix:', '127.0.0.1'] },
      },
    ],
  })
  const seen = async (headers = {}) => String((await ask('/news/', { headers })).headers['x-cache'])
  t.is(await seen(), 'MISS')
  t.is(await seen(), 'HIT')
  t.is(await seen({ cookie: 'sessionid=1' }), 'BYPASS')
  t.is(await seen({ authorization: 'Bearer x' }), 'BYPASS')
  t.is(await seen(), 'HIT')
  t.is(await seen({ 'x-refresh': '1' }), 'BYPASS', 'whoever may refresh an answer')
  t.is((await ask('/news/crash')).status, 500)
})

test('other sites’ scripts may read what the site says they may', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, {
    routes: [
      {
        name: 'api',
        path: '/api/',
        cors: {
          origins: ['https://app.example', 'https://*.partner.example'],
          credentials: true,
          exposed: ['X-Total'],
        },
      },
      { name: 'open', path: '/open/', cors: { origins: ['*'] } },
    ],
  })
  const from = (origin: string, more = {}) => ask('/api/', { headers: { origin, ...more } })
  const good = await from('https://app.example')
  t.is(good.headers['access-control-allow-origin'], 'https://app.example')
  t.is(good.headers['access-control-allow-credentials'], 'true')
  t.is(good.headers['access-control-expose-headers'], 'X-Total')
  t.regex(String(good.headers.vary), /Origin/)
  t.is(good.headers['x-content-type-options'], 'nosniff')
  t.is(
    (await from('https://a.partner.example')).headers['access-control-allow-origin'],
    'https://a.partner.example',
  )
  for (const origin of [
    'https://evil.example',
    'https://app.example.evil',
    'https://partner.example.evil',
    'https://a.partner.example.evil',
    'http://app.example',
    'null',
  ]) {
    const reply = await from(origin)
    t.is(reply.headers['access-control-allow-origin'], undefined, origin)
    t.is(reply.headers['access-control-allow-credentials'], undefined, origin)
  }
  const preflight = await ask('/api/', {
    method: 'OPTIONS',
    headers: { origin: 'https://app.example', 'access-control-request-method': 'PUT' },
  })
  t.is(preflight.status, 204)
  t.regex(String(preflight.headers['access-control-allow-methods']), /POST/)
  t.is((await ask('/api/', { method: 'OPTIONS' })).status, 200, 'not a preflight: the application answers')
  t.is(
    (await ask('/open/', { headers: { origin: 'https://x.example' } })).headers[
      'access-control-allow-origin'
    ],
    '*',
  )
})

test('proxies in front are believed when the site says so, and only they', async (t) => {
  if (!nginxOrSkip(t)) return
  const trusted = await serveApp(t, { realIp: { from: ['unix:', '10.0.0.0/8'] } })
  const headers = { 'x-forwarded-for': '203.0.113.7, 10.1.2.3', 'x-forwarded-proto': 'https' }
  const environ = environOf(await trusted.ask('/', { headers }))
  t.like(environ, {
    REMOTE_ADDR: '203.0.113.7',
    HTTPS: 'on',
    HTTP_X_FORWARDED_PROTO: 'https',
    HTTP_X_FORWARDED_FOR: '203.0.113.7',
  })
  const careful = await serveApp(t, { realIp: { from: ['192.0.2.1'] } })
  const doubted = environOf(await careful.ask('/', { headers }))
  t.is(doubted.HTTP_X_FORWARDED_PROTO, 'http')
  t.not(doubted.REMOTE_ADDR, '203.0.113.7')
})

test('the site closes with a file and opens without it', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask, built } = await serveApp(t, { maintenance: { title: 'Umbau', text: 'Bis gleich' } })
  t.is((await ask('/')).status, 200)
  const file = join(built.out, 'run/maintenance')
  writeFileSync(file, '')
  const closed = await ask('/', { method: 'POST', body: 'x', headers: { accept: 'text/html' } })
  t.is(closed.status, 503)
  t.regex(closed.text, /Umbau/)
  t.truthy(closed.headers['retry-after'])
  rmSync(file)
  t.is((await ask('/')).status, 200)
})

test('several applications share a site, each under its own path', async (t) => {
  if (!nginxOrSkip(t)) return
  const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'
  const { ask } = await serveApp(t, {
    app: undefined,
    apps: {
      shop: { kind: 'wsgi', file: 'app.py', at: '/', python },
      blog: { kind: 'wsgi', file: 'app.py', at: '/blog/', python },
    },
  })
  t.like(environOf(await ask('/x')), { SCRIPT_NAME: '', PATH_INFO: '/x' })
  t.like(environOf(await ask('/blog/2026/')), { SCRIPT_NAME: '/blog', PATH_INFO: '/2026/' })
  t.like(environOf(await ask('/blogger')), { SCRIPT_NAME: '', PATH_INFO: '/blogger' })
  t.is((await ask('/blog')).headers.location, '/blog/')
})

test('conditions choose: method, header, cookie, query, share, rewrite; in the order of the list', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, {
    routes: [
      { name: 'teapot', methods: ['BREW'], respond: { status: 418, body: 'short and stout' } },
      { name: 'beta', cookies: { beta: '1' }, path: '/app/', rewrite: '/beta{path}' },
      {
        name: 'debug',
        query: { debug: true },
        requestHeaders: { 'X-Team': ['a', 'b'] },
        respond: { body: 'debug' },
      },
      { name: 'all', percent: 100, path: '/lottery', redirect: '/won' },
      { name: 'none', percent: 0, path: '/app/', redirect: '/never' },
    ],
  })
  t.is((await ask('/x', { method: 'BREW' })).status, 418)
  t.like(environOf(await ask('/app/page?q=1', { headers: { cookie: 'beta=1' } })), {
    PATH_INFO: '/beta/app/page',
    QUERY_STRING: 'q=1',
    POSTERN_ROUTE: 'beta',
  })
  t.is(environOf(await ask('/app/page')).PATH_INFO, '/app/page')
  t.is((await ask('/?debug', { headers: { 'x-team': 'b' } })).text, 'debug')
  t.is((await ask('/?debug', { headers: { 'x-team': 'c' } })).status, 200)
  t.is((await ask('/lottery')).headers.location, '/won')
})

test('servers on other hosts: WebSocket upgrades and their own host pass, the client’s claims do not', async (t) => {
  if (!nginxOrSkip(t)) return
  const { folder, ask } = await serveApp(t, {
    upstreams: {
      live: { servers: ['unix:%FOLDER%/live.sock'], balance: 'least-connections' },
      spare: {
        servers: [
          { address: 'unix:%FOLDER%/dead.sock', maxFails: 1 },
          { address: 'unix:%FOLDER%/live.sock', backup: true },
        ],
        balance: 'round-robin',
      },
    },
    routes: [
      { name: 'ws', path: '/ws/', upstream: 'live', websocket: true },
      { name: 'fallback', path: '/spare/', upstream: 'spare' },
    ],
  })
  const server = createServer((request, response) => response.end(JSON.stringify(request.headers)))
  server.on('upgrade', (request, socket) => {
    socket.end(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${request.headers.upgrade}\r\nConnection: Upgrade\r\n\r\nhello`,
    )
  })
  await new Promise<void>((done) => server.listen(join(folder, 'live.sock'), done))
  execFileSync('chmod', ['666', join(folder, 'live.sock')])
  t.teardown(() => server.close())
  const seen = JSON.parse(
    (await ask('/ws/x', { headers: { host: 'a.example', 'x-forwarded-for': '6.6.6.6' } })).text,
  )
  t.is(seen.host, 'a.example')
  t.not(seen['x-forwarded-for'], '6.6.6.6')
  t.is(seen.upgrade, undefined)
  t.regex((await ask('/spare/')).text, /host/)
})

test('the log is one JSON object per request; files have no id, the application’s has the log’s', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask, built } = await serveApp(
    t,
    { static: [{ at: '/static/', root: 'static' }] },
    { 'static/a"b.css': 'body{}' },
  )
  const { HTTP_X_REQUEST_ID: id } = environOf(
    await ask('/x?token=secret', { headers: { 'user-agent': 'a"b\\c' } }),
  )
  t.is((await ask('/static/a%22b.css')).status, 200)
  const file = join(built.out, 'run/log/access.log')
  const lines = () => readFileSync(file, 'utf8').split('\n').filter(Boolean)
  while (lines().length < 2) await new Promise((done) => setTimeout(done, 50))
  const all = lines().map((line) => JSON.parse(line))
  const [app, asset] = ['/x', '/static/a"b.css'].map((path) => all.find((one) => one.path === path))
  t.like(app, { id, path: '/x', status: 200, upstream_status: '200', agent: 'a"b\\c' })
  t.false(lines().join().includes('secret'), 'a query may hold tokens')
  t.like(asset, { path: '/static/a"b.css', status: 200, id: undefined, upstream: undefined })
})
