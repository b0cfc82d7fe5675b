// Why workers come and go while all is well: limits, scaling, preloading.

import test from 'ava'
import { countingApp, startTestGateway } from '../../helpers/gateway.ts'
import { load, statuses } from '../../helpers/load.ts'
import { ask } from '../../helpers/nginx.ts'

test('max-worker-lifetime replaces a worker, the new one is ready first', async (t) => {
  const site = await startTestGateway(t, {
    processes: 1,
    'max-worker-lifetime': 1,
    'max-worker-lifetime-delta': 0,
    'min-worker-lifetime': 0,
  })
  const left = await site.log.heard((said) => said.event === 'worker left')
  t.is(left.facts.why, 'max-worker-lifetime')
  const events = site.log.said.filter((said) => /worker (ready|left)/.test(said.event))
  t.deepEqual(
    events.slice(0, 3).map((said) => `${said.event} ${said.facts.worker}`),
    ['worker ready 1', 'worker ready 2', 'worker left 1'],
  )
  t.is((await ask(site.socket, '/?1')).status, 200)
})

const growing = `
kept = []
def application(environ, start_response):
    if environ['PATH_INFO'] == '/grow':
        kept.append(b'x' * (64 << 20))
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
`

test('reload-on-rss replaces a worker that has grown', async (t) => {
  const site = await startTestGateway(
    t,
    { processes: 1, 'reload-on-rss': 60, 'min-worker-lifetime': 0 },
    growing,
  )
  await ask(site.socket, '/grow')
  const left = await site.log.heard((said) => said.event === 'worker left')
  t.is(left.facts.why, 'reload-on-rss')
  t.is((await ask(site.socket, '/')).status, 200)
  t.true((site.gateway.status().workers[0]?.rssBytes ?? 1e9) < 60 * 2 ** 20)
})

test('evil-reload-on-rss kills a worker that has grown', async (t) => {
  const site = await startTestGateway(t, { processes: 1, 'evil-reload-on-rss': 60 }, growing)
  await ask(site.socket, '/grow')
  // It may be struck down while it still answers.
  const left = await site.log.heard((said) => /worker (left|died)/.test(said.event))
  t.is(left.facts.why, 'evil-reload-on-rss')
  t.is((await ask(site.socket, '/')).status, 200)
})

test('cheaper: waiting requests bring workers up to `processes`', async (t) => {
  const site = await startTestGateway(t, { processes: 3, cheaper: 1, 'cheaper-step': 2 })
  t.is(site.gateway.status().workers.length, 1)
  const answers = load({ socket: site.socket, connections: 6, path: (n) => `/wait?${n}`, count: 6 })
  await site.log.heard((said) => said.event === 'workers wanted' && said.facts.workers === 3)
  await site.log.heard((said) => said.event === 'worker ready' && said.facts.worker === 3)
  site.go()
  t.deepEqual(statuses(await answers), { 200: 6 })
})

test('preload auto: an application that opens a socket while importing is loaded by each worker, and the log says why', async (t) => {
  const app = `import socket\nleft, right = socket.socketpair()\n${countingApp}`
  const site = await startTestGateway(t, { processes: 2 }, app)
  const said = await site.log.heard((one) => one.event === 'application is loaded by every worker on its own')
  t.regex(String(said.facts.reason), /opened a socket/)
  t.false(site.gateway.status().preload)
  t.is((await ask(site.socket, '/?1')).status, 200)
})

test('preload auto: the same for an application that starts a thread while importing', async (t) => {
  const app = `import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True, name='beat').start()\n${countingApp}`
  const site = await startTestGateway(t, { processes: 1 }, app)
  const said = await site.log.heard((one) => one.event === 'application is loaded by every worker on its own')
  t.is(said.facts.reason, 'started a thread (beat)')
  t.is((await ask(site.socket, '/?1')).status, 200)
})

const holding = `
import os, time
kept = []
def application(environ, start_response):
    if environ['PATH_INFO'] == '/grow':
        kept.append(b'x' * (64 << 20))
    if environ['PATH_INFO'] != '/':
        while not os.path.exists(os.path.join(os.path.dirname(__file__), 'go')):
            time.sleep(0.005)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
`

const limits = {
  'max-requests': { 'max-requests': 1, 'max-requests-delta': 0 },
  'max-worker-lifetime': { 'max-worker-lifetime': 1, 'max-worker-lifetime-delta': 0 },
  'reload-on-rss': { 'reload-on-rss': 60 },
}

for (const [why, options] of Object.entries(limits)) {
  test(`${why}: requests that run when the limit is reached are answered`, async (t) => {
    const site = await startTestGateway(
      t,
      { processes: 1, threads: 2, 'min-worker-lifetime': 0, ...options },
      holding,
    )
    const running = ask(site.socket, why === 'reload-on-rss' ? '/grow' : '/hold')
    while (site.gateway.status().workers[0]?.busyLanes !== 1) await new Promise(setImmediate)
    await ask(site.socket, '/')
    await site.log.heard((said) => said.event === 'worker ready' && said.facts.worker === 2)
    while (site.gateway.status().workers[0]?.state !== 'draining') {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    site.go()
    t.is((await running).text, 'ok')
    const left = await site.log.heard((said) => said.event === 'worker left' && said.facts.worker === 1)
    t.like(left.facts, { why, cause: 'exit code 0' })
  })
}

test('a worker that drains finishes a request that takes long', async (t) => {
  const site = await startTestGateway(t, { processes: 1 })
  const long = ask(site.socket, '/wait?1')
  while (site.gateway.status().workers[0]?.busyLanes !== 1) await new Promise(setImmediate)
  t.true((await site.gateway.reload()).ok)
  t.deepEqual(
    site.gateway.status().workers.map((worker) => worker.state),
    ['draining', 'ready'],
  )
  t.is((await ask(site.socket, '/?2')).status, 200)
  site.go()
  t.is((await long).text, '1')
  await site.log.heard((said) => said.event === 'worker left')
})

test('worker-reload-mercy ends a request that takes too long to drain: 502, and the log has it', async (t) => {
  const site = await startTestGateway(t, { processes: 1, 'worker-reload-mercy': 1 })
  const long = ask(site.socket, '/sleep?1=60')
  while (site.gateway.status().workers[0]?.busyLanes !== 1) await new Promise(setImmediate)
  t.true((await site.gateway.reload()).ok)
  t.is((await long).status, 502)
  const died = await site.log.heard((said) => said.event === 'worker died')
  t.like(died.facts, { why: 'reload', cause: 'signal SIGKILL' })
  t.regex(String(died.facts.lost), /GET \/sleep/)
})

test('a worker that gives requests back while it drains leaves at once', async (t) => {
  const site = await startTestGateway(t, { processes: 2, threads: 2 })
  await load({ socket: site.socket, connections: 8, path: (n) => `/?${n}`, count: 200 })
  let over = false
  const busy = load({
    socket: site.socket,
    connections: 24,
    path: (n) => (n % 50 === 0 ? `/sleep?${n}=0.05` : `/?${n}`),
    count: 100_000,
    until: () => over,
  })
  for (let n = 0; n < 6; n++) t.true((await site.gateway.reload()).ok)
  over = true
  t.deepEqual(Object.keys(statuses(await busy)), ['200'])
  while (site.gateway.status().workers.length > 2) await new Promise((resolve) => setTimeout(resolve, 20))
  const left = site.log.said.filter((said) => said.event === 'worker left')
  t.is(left.length, 12)
  t.true(left.every((said) => said.facts.cause === 'exit code 0'))
})
