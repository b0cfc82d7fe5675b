// Who may come in: addresses and passwords, in front of applications, of nginx's own answers, and of files.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { nginxOrSkip, tempFolder } from '../helpers/nginx.ts'
import { serveApp } from '../helpers/site.ts'

const anna = { authorization: `Basic ${Buffer.from('anna:geheim').toString('base64')}` }
const eve = { authorization: `Basic ${Buffer.from('anna:falsch').toString('base64')}` }
const users = 'anna:{PLAIN}geheim\n'

test('nginx’s own answers stand behind their guards, though return comes first', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(
    t,
    {
      realIp: { from: ['unix:'] },
      routes: [
        {
          name: 'inside',
          path: '/inside',
          allow: ['10.0.0.0/8'],
          respond: { body: 'inside', type: 'text/csv' },
        },
        { name: 'outside', path: '/outside', deny: ['10.0.0.7'], redirect: '/elsewhere' },
        {
          name: 'secret',
          path: '/secret',
          password: 'users',
          respond: { status: 299, body: 'secret' },
          headers: { 'X-It': '1' },
        },
        { name: 'rare', path: '/rare', limitRequests: { rate: '1r/m', burst: 0 }, respond: { body: 'rare' } },
        { name: 'chosen', query: { ask: '1' }, allow: ['10.0.0.0/8'], respond: { body: 'chosen' } },
      ],
    },
    { users },
  )
  const from = (address: string, path: string, headers = {}) =>
    ask(path, { headers: { 'x-forwarded-for': address, ...headers } })
  const inside = await from('10.1.1.1', '/inside')
  t.deepEqual([inside.status, inside.text, inside.headers['content-type']], [200, 'inside', 'text/csv'])
  t.is((await from('192.0.2.1', '/inside')).status, 403)
  t.is((await from('10.0.0.7', '/outside')).status, 403)
  t.is((await from('10.0.0.8', '/outside?x=1')).headers.location, '/elsewhere?x=1')
  t.is((await ask('/secret')).status, 401)
  t.is((await ask('/secret', { headers: eve })).status, 401)
  const secret = await ask('/secret', { headers: anna })
  t.deepEqual([secret.status, secret.text, secret.headers['x-it']], [299, 'secret', '1'])
  t.deepEqual([(await ask('/rare')).status, (await ask('/rare')).status], [200, 429])
  t.is((await from('10.1.1.1', '/?ask=1')).text, 'chosen')
  t.is((await from('192.0.2.1', '/?ask=1')).status, 403)
  t.is(
    (await ask('/inside', { method: 'POST', body: 'x', headers: { 'x-forwarded-for': '10.1.1.1' } })).text,
    'inside',
  )
})

test('redirects obey their policies, nginx’s own and those njs chooses', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(
    t,
    {
      realIp: { from: ['unix:'] },
      tokens: { secret: 'x'.repeat(32) },
      routes: [
        { name: 'a', query: { a: '1' }, allow: ['10.0.0.0/8'], redirect: '/to{path}', status: 302 },
        { name: 'b', query: { b: '1' }, password: 'users', redirect: '/b', headers: { 'X-It': '1' } },
        { name: 'c', query: { c: '1' }, limitRequests: { rate: '1r/m', burst: 0 }, redirect: '/c' },
        { name: 'd', query: { d: '1' }, token: true, redirect: '/d' },
        {
          name: 'e',
          query: { e: '1' },
          cors: { origins: ['https://a.example'] },
          redirect: '/e',
          status: 302,
        },
        { name: 'f', query: { f: '1' }, redirect: '/f{?args}' },
        { name: 'g', path: '/g', token: true, redirect: '/elsewhere' },
        { name: 'h', path: '/h', headers: { 'X-It': '1' }, redirect: '/elsewhere' },
      ],
    },
    { users },
  )
  const said = async (path: string, headers = {}) => {
    const { status, headers: back } = await ask(path, { headers })
    return [status, back.location]
  }
  t.deepEqual(await said('/x%20y?a=1', { 'x-forwarded-for': '10.1.1.1' }), [302, '/to/x%20y'])
  t.deepEqual(await said('/x?a=1', { 'x-forwarded-for': '192.0.2.1' }), [403, undefined])
  t.deepEqual(await said('/?b=1'), [401, undefined])
  t.deepEqual(await said('/?b=1', eve), [401, undefined])
  t.deepEqual(await said('/?b=1', anna), [308, '/b'])
  t.is((await ask('/?b=1', { headers: anna })).headers['x-it'], '1')
  t.deepEqual(
    [await said('/?c=1'), await said('/?c=1')],
    [
      [308, '/c'],
      [429, undefined],
    ],
  )
  t.deepEqual(await said('/?d=1'), [401, undefined])
  t.is(
    (await ask('/?e=1', { headers: { origin: 'https://a.example' } })).headers['access-control-allow-origin'],
    'https://a.example',
  )
  t.deepEqual(await said('/?f=1'), [308, '/f?f=1'])
  t.deepEqual(await said('/g'), [401, undefined])
  t.is((await ask('/h')).headers['x-it'], '1')
})

test('log: false keeps requests out of the access log, wherever they are answered', async (t) => {
  if (!nginxOrSkip(t)) return
  const kept = join(tempFolder('log'), 'access.log')
  const { ask, nginx } = await serveApp(
    t,
    {
      logs: { access: kept },
      routes: [
        { name: 'app', path: '/quiet-app/', log: false },
        { name: 'text', path: '/quiet-text', log: false, respond: { body: 'x' } },
        { name: 'guarded', path: '/quiet-guarded', log: false, password: 'users', respond: { body: 'x' } },
        { name: 'moved', query: { quiet: '1' }, log: false, redirect: '/there' },
        { name: 'files', path: '/quiet-files/', log: false, folder: '.' },
        { name: 'loud', path: '/loud', log: true, respond: { body: 'x' } },
      ],
    },
    { users, 'quiet-files/a.txt': 'a' },
  )
  const statuses = []
  for (const path of [
    '/quiet-app/',
    '/quiet-text',
    '/quiet-guarded',
    '/?quiet=1',
    '/quiet-files/a.txt',
    '/loud',
    '/last',
  ])
    statuses.push((await ask(path, { headers: anna })).status)
  t.deepEqual(statuses, [200, 200, 200, 308, 200, 200, 200])
  await nginx.stop()
  const log = readFileSync(kept, 'utf8')
  t.notRegex(log, /quiet/)
  t.regex(log, /\/loud.*\/last/s)
})

test('a password of the whole site holds for redirects njs chooses, and for what edge.ts says', async (t) => {
  if (!nginxOrSkip(t)) return
  const edge = `
    export const route = (r: { uri: string }) =>
      r.uri === '/away' ? { redirect: '/there' } : r.uri === '/answer' ? { respond: true } : undefined
    export const respond = () => ({ status: 200, body: 'secret' })
  `
  const { ask } = await serveApp(
    t,
    { all: { password: 'users' }, routes: [{ name: 'old', query: { old: true }, redirect: '/new' }] },
    { users, 'edge.ts': edge },
  )
  for (const path of ['/away', '/answer']) t.is((await ask(path)).status, 401, path)
  const away = await ask('/away', { headers: anna })
  t.deepEqual([away.status, away.headers.location], [302, '/there'])
  t.is((await ask('/answer', { headers: anna })).text, 'secret')
  t.is((await ask('/?old=1')).status, 401)
  t.is((await ask('/?old=1', { headers: anna })).headers.location, '/new')
})

test('a password of the whole site holds for its files too; load balancers need none', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(
    t,
    {
      all: { password: 'users' },
      health: '/-/health',
      static: [{ at: '/static/', root: 'static' }],
      media: [{ at: '/media/', root: 'media' }],
      routes: [
        { name: 'docs', path: '/docs/', folder: '.' },
        { name: 'text', path: '/text', respond: { body: 'text' } },
      ],
    },
    { users, 'static/a.css': 'a', 'media/m.txt': 'm', 'docs/d.txt': 'd' },
  )
  for (const path of ['/', '/static/a.css', '/media/m.txt', '/docs/d.txt', '/text']) {
    t.is((await ask(path)).status, 401, path)
    t.is((await ask(path, { headers: anna })).status, 200, path)
  }
  t.is((await ask('/-/health')).status, 200)
})
