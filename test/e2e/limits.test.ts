// Limits per place: whose requests are counted together, and where.
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { serveApp } from '../helpers/site.ts'

const holdingApp = `
import os, time
here = os.path.dirname(os.path.abspath(__file__))

def application(environ, start_response):
    if environ['PATH_INFO'].endswith('/hold'):
        open(os.path.join(here, 'held-%s' % environ['QUERY_STRING']), 'w').close()
        while not os.path.exists(os.path.join(here, 'go')):
            time.sleep(0.01)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
`

test('running requests are counted per route; the site’s own limit counts everything else together', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask, folder } = await serveApp(
    t,
    {
      // One worker: what it has counted down is counted down before it takes the next connection.
      nginx: { workers: 1 },
      gateway: { processes: 1, threads: 8 },
      all: { limitConnections: 1 },
      routes: [
        { name: 'reports', path: '/reports/', limitConnections: 2 },
        { name: 'exports', path: '/exports/', limitConnections: 1 },
        { name: 'other', path: '/other/' },
      ],
    },
    { 'app.py': holdingApp },
  )
  let count = 0
  const status = async (path: string) => (await ask(path)).status
  const held: { reply: Promise<{ status: number }> }[] = []
  const busy = async (path: string) => {
    const reply = ask(`${path}hold?${++count}`)
    while (!existsSync(join(folder, `held-${count}`))) await new Promise((done) => setTimeout(done, 5))
    held.push({ reply })
  }
  await busy('/reports/')
  t.is(await status('/reports/'), 200)
  await busy('/reports/')
  t.is(await status('/reports/'), 429)
  t.is(await status('/exports/'), 200, 'the reports do not count here')
  t.is(await status('/'), 200)
  await busy('/')
  t.is(await status('/other/'), 429, 'one limit of all')
  t.is(await status('/exports/'), 200)
  writeFileSync(join(folder, 'go'), '')
  for (const { reply } of held) t.is((await reply).status, 200)
})

test('requests are counted by header, cookie or address; leaving the cookie out gains nothing', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, {
    routes: [
      {
        name: 'keys',
        path: '/keys/',
        limitRequests: { rate: '1r/m', burst: 0, by: { header: 'X-Api-Key' } },
      },
      {
        name: 'visitors',
        path: '/visitors/',
        limitRequests: { rate: '1r/m', burst: 0, by: { cookie: 'my-id' } },
      },
      { name: 'tight', path: '/tight/', limitRequests: { rate: '1r/m', burst: 1 } },
      { name: 'loose', path: '/loose/', limitRequests: { rate: '1r/m', burst: 2 } },
    ],
  })
  const status = async (path: string, headers = {}) => (await ask(path, { headers })).status
  t.deepEqual(
    [await status('/keys/', { 'x-api-key': 'a' }), await status('/keys/', { 'x-api-key': 'a' })],
    [200, 429],
  )
  t.is(await status('/keys/', { 'x-api-key': 'b' }), 200)
  t.deepEqual([await status('/keys/'), await status('/keys/')], [200, 429])
  t.deepEqual(
    [
      await status('/visitors/', { cookie: 'x=y; my-id=1' }),
      await status('/visitors/', { cookie: 'my-id=1' }),
    ],
    [200, 429],
  )
  t.is(await status('/visitors/', { cookie: 'my-id=2' }), 200)
  t.deepEqual([await status('/visitors/'), await status('/visitors/', { cookie: 'other=1' })], [200, 429])
  const times = async (path: string, n: number) => {
    const all = []
    for (let i = 0; i < n; i++) all.push(await status(path))
    return all
  }
  t.deepEqual(await times('/tight/', 3), [200, 200, 429])
  t.deepEqual(await times('/loose/', 4), [200, 200, 200, 429])
})

test('a limit of the whole site is one limit, wherever the requests go', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, {
    all: { limitRequests: { rate: '1r/m', burst: 1 } },
    routes: [{ name: 'other', path: '/other/', timeout: '9s' }],
  })
  const statuses = []
  for (const path of ['/', '/other/', '/', '/other/']) statuses.push((await ask(path)).status)
  t.deepEqual(statuses, [200, 200, 429, 429])
})
