// Servers on other hosts, over TCP: who is asked, what happens when one fails or leaves, what they are told.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import test from 'ava'
import { buildSite } from '../../generate/build.ts'
import { python, startTestGateway } from '../helpers/gateway.ts'
import { listening, nginxOrSkip, tempFolder } from '../helpers/nginx.ts'
import { freePort, listenHttp } from '../helpers/port.ts'
import { buildTemp, echoApp, environOf, serveApp, serveSite } from '../helpers/site.ts'
import { hasOpenssl, makeCertificate, signClient } from '../helpers/tls.ts'

const lies = {
  host: 'shop.example:8443',
  'x-forwarded-for': '1.2.3.4',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-port': '666',
  'x-real-ip': '1.2.3.4',
  forwarded: 'host=evil.example',
  proxy: 'http://evil.example',
  'early-data': '1',
  authorization: `Basic ${Buffer.from('admin:x').toString('base64')}`,
}

const honest = {
  HTTP_HOST: 'shop.example:8443',
  HTTP_X_FORWARDED_PROTO: 'http',
  PATH_INFO: '/away/a b',
  QUERY_STRING: 'x=1',
  REQUEST_METHOD: 'GET',
}
const lied = [
  'HTTP_X_FORWARDED_HOST',
  'HTTP_X_FORWARDED_PORT',
  'HTTP_FORWARDED',
  'HTTP_PROXY',
  'HTTP_X_REAL_IP',
]

test('FastCGI over TCP: the application elsewhere is told the truth, bodies arrive whole', async (t) => {
  if (!nginxOrSkip(t)) return
  const port = await freePort()
  await startTestGateway(t, { socket: [`127.0.0.1:${port}`], processes: 1 }, echoApp)
  const { ask } = await serveSite(t, {
    upstreams: { away: { servers: [`127.0.0.1:${port}`], protocol: 'fastcgi' } },
    routes: [{ path: '/away/', upstream: 'away' }],
  })
  const environ = environOf(await ask('/away/a%20b?x=1', { headers: lies }))
  t.like(environ, honest)
  for (const name of [...lied, 'REMOTE_USER', 'HTTP_EARLY_DATA']) t.is(environ[name], undefined, name)
  const posted = await ask('/away/', { method: 'POST', body: Buffer.alloc(300_000, 'x') })
  t.is(JSON.parse(posted.text).body, 300_000)
})

test('uwsgi over TCP: a uWSGI on another host answers a route', async (t) => {
  if (!nginxOrSkip(t)) return
  if (spawnSync('uwsgi', ['--version']).status !== 0) return t.pass('uwsgi is not installed')
  const port = await freePort()
  const { folder, ask } = await serveSite(
    t,
    {
      upstreams: { away: { servers: [`127.0.0.1:${port}`], protocol: 'uwsgi', host: 'fixed.example' } },
      routes: [{ path: '/away/', upstream: 'away' }],
    },
    { 'app.py': echoApp },
  )
  const words = [
    '--plugin',
    'python3',
    '--socket',
    `127.0.0.1:${port}`,
    '--wsgi-file',
    join(folder, 'app.py'),
  ]
  const child = spawn('uwsgi', [...words, '--die-on-term', '--uid', 'www-data'], { stdio: 'ignore' })
  t.teardown(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await listening(port, () => (child.exitCode === null ? undefined : 'uwsgi ended'))
  const environ = environOf(await ask('/away/a%20b?x=1', { headers: lies }))
  t.like(environ, { ...honest, HTTP_HOST: 'fixed.example' })
  for (const name of lied) t.is(environ[name], undefined, name)
})

test('the one with the fewest requests is asked; one that fails rests; a backup stands in', async (t) => {
  if (!nginxOrSkip(t)) return
  const waiting: (() => void)[] = []
  const server = (name: string) =>
    listenHttp(t, (request, response) => {
      if (request.url?.endsWith('/hold')) waiting.push(() => response.end(name))
      else response.end(name)
    })
  const [one, two, spare] = [await server('one'), await server('two'), await server('spare')]
  const { ask } = await serveSite(t, {
    nginx: { workers: 1 },
    upstreams: {
      least: { servers: [one.address, two.address] },
      failing: {
        servers: [
          { address: `127.0.0.1:${await freePort()}`, maxFails: 1, failTimeout: '1h' },
          { address: spare.address, backup: true },
        ],
        balance: 'round-robin',
      },
    },
    routes: [
      { path: '/least/', upstream: 'least' },
      { path: '/failing/', upstream: 'failing' },
    ],
  })
  const held = ask('/least/hold')
  while (waiting.length === 0) await new Promise((done) => setTimeout(done, 5))
  const others = []
  for (let n = 0; n < 4; n++) others.push((await ask('/least/')).text)
  waiting[0]?.()
  const busy = (await held).text
  t.deepEqual(new Set(others), new Set([busy === 'one' ? 'two' : 'one']))

  t.is((await ask('/failing/')).text, 'spare')
  t.is((await ask('/failing/', { method: 'POST', body: 'x' })).text, 'spare')
})

test('a server that is taken out finishes what it has and gets nothing new', async (t) => {
  if (!nginxOrSkip(t)) return
  let finish = () => {}
  let begin = () => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const old = await listenHttp(t, (request, response) => {
    if (!request.url?.endsWith('/long')) return response.end('old')
    response.write('first ')
    finish = () => response.end('last')
    begin()
  })
  const next = await listenHttp(t, (_, response) => response.end('new'))
  const { folder, ask, nginx } = await serveSite(t, {
    upstreams: {
      pair: { servers: [old.address, { address: next.address, backup: true }], balance: 'round-robin' },
    },
    routes: [{ path: '/', upstream: 'pair' }],
  })
  t.is((await ask('/')).text, 'old')
  const long = ask('/long')
  await begun
  const file = join(folder, 'postern.config.json')
  const down = readFileSync(file, 'utf8').replace(
    `"${old.address}"`,
    JSON.stringify({ address: old.address, down: true }),
  )
  writeFileSync(file, down)
  await buildSite({ config: file })
  nginx.reload()
  while ((await ask('/')).text !== 'new') await new Promise((done) => setTimeout(done, 10))
  finish()
  t.is((await long).text, 'first last')
  t.is((await ask('/')).text, 'new')
})

test('https to another host: its name is asked for and its certificate checked, or nothing is said to it', async (t) => {
  if (!nginxOrSkip(t)) return
  if (!hasOpenssl()) return t.pass('openssl is not installed')
  const place = tempFolder('upstream-tls')
  makeCertificate(place, 'good', ['api.example'])
  makeCertificate(place, 'evil', ['evil.example'])
  makeCertificate(place, 'ours', ['Our CA'])
  signClient(place, 'ours', 'anna')
  const at = (file: string) => join(place, file)
  const heard: string[] = []
  const serve = async (name: string, more: object = {}) => {
    const keys = { cert: readFileSync(at(`${name}.pem`)), key: readFileSync(at(`${name}-key.pem`)), ...more }
    const server = createServer(keys, (request, response) => {
      const socket = request.socket as TLSSocket & { servername?: string }
      heard.push(name)
      const who = socket.authorized ? socket.getPeerCertificate().subject.CN : 'nobody'
      response.end(`${name} as ${socket.servername} for ${request.headers.host} by ${who}`)
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    t.teardown(() => {
      server.closeAllConnections()
      server.close()
    })
    return [`127.0.0.1:${(server.address() as AddressInfo).port}`]
  }
  const good = await serve('good')
  const mutual = await serve('good', {
    ca: readFileSync(at('ours.pem')),
    requestCert: true,
    rejectUnauthorized: true,
  })
  const evil = await serve('evil')
  const ca = at('good.pem')
  const { ask, nginx } = await serveSite(t, {
    upstreams: {
      good: { servers: good, host: 'api.example', tls: { ca } },
      named: { servers: good, tls: { ca, name: 'api.example' } },
      ours: {
        servers: mutual,
        tls: { ca, name: 'api.example', certificate: at('anna.pem'), key: at('anna-key.pem') },
      },
      unnamed: { servers: mutual, tls: { ca, name: 'api.example' } },
      misnamed: { servers: good, tls: { ca, name: 'other.example' } },
      forged: { servers: evil, tls: { ca, name: 'evil.example' } },
      system: { servers: good, host: 'api.example', tls: true },
      anybody: { servers: evil, tls: { name: 'evil.example', verify: false } },
    },
    routes: ['good', 'named', 'ours', 'unnamed', 'misnamed', 'forged', 'system', 'anybody'].map(
      (upstream) => ({
        path: `/${upstream}/`,
        upstream,
      }),
    ),
  })
  t.is((await ask('/good/')).text, 'good as api.example for api.example by nobody')
  t.is((await ask('/named/')).text, 'good as api.example for localhost by nobody')
  t.is((await ask('/ours/')).text, 'good as api.example for localhost by anna')
  heard.length = 0
  for (const path of ['/misnamed/', '/forged/', '/system/']) t.true((await ask(path)).status >= 500, path)
  t.not((await ask('/unnamed/')).status, 200)
  t.deepEqual(heard, [])
  t.regex(nginx.errorLog(), /upstream SSL certificate does not match "other\.example"/)
  t.regex(nginx.errorLog(), /upstream SSL certificate verify error/)
  t.is((await ask('/anybody/')).text, 'evil as evil.example for localhost by nobody')
})

test('https to another host is refused at build when the name or the protocol leaves it open', async (t) => {
  const refusal = async (upstream: object) =>
    (
      await t.throwsAsync(
        buildTemp(t, { upstreams: { api: upstream }, routes: [{ path: '/', upstream: 'api' }] }),
      )
    )?.message
  t.regex(String(await refusal({ servers: ['10.0.0.1:443', '10.0.0.2:443'], tls: true })), /which name/)
  t.regex(String(await refusal({ servers: ['[::1]:443'], tls: true })), /which name/)
  t.regex(String(await refusal({ servers: ['a.example:443', 'b.example:443'], tls: true })), /which name/)
  t.regex(
    String(await refusal({ servers: ['a.example:9000'], protocol: 'fastcgi', tls: true })),
    /protocol http/,
  )
  t.regex(String(await refusal({ servers: ['a.example:443'], tls: { certificate: 'a.pem' } })), /together/)
})

test('a session stays with its server, whatever its cookie is called; visitors without one are served', async (t) => {
  if (!nginxOrSkip(t)) return
  const servers = []
  for (const name of ['a', 'b', 'c']) {
    servers.push((await listenHttp(t, (_, response) => response.end(name))).address)
  }
  const { ask } = await serveSite(t, {
    upstreams: { sticky: { servers, balance: 'cookie', cookie: 'My-Session' } },
    routes: [{ path: '/', upstream: 'sticky' }],
  })
  const asked = async (id: number) => (await ask('/', { headers: { cookie: `x=1; My-Session=s${id}` } })).text
  const seen = new Set<string>()
  for (let id = 0; id < 30; id++) {
    const server = await asked(id)
    t.is(await asked(id), server)
    seen.add(server)
  }
  t.deepEqual([...seen].sort(), ['a', 'b', 'c'])
  t.is((await ask('/')).status, 200)
})

test('an application with an interpreter of its own lives behind its own gateway, under its path', async (t) => {
  if (!nginxOrSkip(t)) return
  const blog = await serveApp(t, {
    name: 'blog',
    app: undefined,
    apps: { blog: { kind: 'wsgi', file: 'app.py', at: '/blog/', python } },
  })
  const { ask } = await serveSite(t, {
    upstreams: { blog: { servers: [`unix:${blog.built.out}/run/gateway.sock`], protocol: 'fastcgi' } },
    routes: [{ path: '/blog/', upstream: 'blog' }],
  })
  t.like(environOf(await ask('/blog/2026/')), { SCRIPT_NAME: '/blog', PATH_INFO: '/2026/' })
})
