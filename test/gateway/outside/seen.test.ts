// What is seen from outside of a running gateway: control socket and commands, stats, metrics, health.

import { execFile } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { countingApp, startTestGateway } from '../../helpers/gateway.ts'
import { ask } from '../../helpers/nginx.ts'
import { program } from '../../helpers/program.ts'

const postern = (...args: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const child = execFile(process.execPath, [program('cli/run.ts'), ...args], (_, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })

const say = (path: string, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(text))
    socket.once('data', (chunk) => {
      resolve(chunk.toString())
      socket.destroy()
    })
    socket.once('error', reject)
  })

test('postern status, worker, reload: the running gateway as text and JSON', async (t) => {
  const site = await startTestGateway(t, { processes: 1 })
  await ask(site.socket, '/?1')
  const control = join(site.folder, 'r')
  const text = await postern('status', '--control', control)
  t.is(text.code, 0, text.err)
  t.regex(text.out, /1 answered \(2xx 1\)/)
  t.regex(text.out, new RegExp(`\\b${site.gateway.status().workers[0]?.pid} .*ready`))
  const json = JSON.parse((await postern('status', '--json', '-c', control)).out)
  t.like(json, { state: 'serving', generation: 1, pid: process.pid })

  const more = await postern('worker', 'add', '-c', control)
  t.is(more.out, '2 workers wanted\n')
  t.is(site.gateway.status().workersWanted, 2)

  t.is((await postern('reload', '-c', control)).out, 'generation 2 is in service\n')
  site.writeApp(`${countingApp}\nimport nowhere_at_all\n`)
  const failed = await postern('reload', '-c', control)
  t.is(failed.code, 4)
  t.regex(failed.err, /No module named 'nowhere_at_all'/)
  t.regex(failed.err, /the old one goes on/)
})

test('postern status without a gateway: exit 7 and what to do', async (t) => {
  const { code, err } = await postern('status', '--control', '/tmp/no-such-postern')
  t.is(code, 7)
  t.regex(err, /no gateway answers at \/tmp\/no-such-postern/)
})

test('the control socket is ours alone and refuses what it does not know', async (t) => {
  const site = await startTestGateway(t)
  const path = join(site.folder, 'r/control.sock')
  t.is(statSync(path).mode & 0o777, 0o600)
  t.like(JSON.parse(await say(path, '{"command":"constructor"}\n')), {
    ok: false,
    code: 'CONTROL_UNKNOWN_COMMAND',
  })
  t.like(JSON.parse(await say(path, 'hello\n')), { ok: false, code: 'LINE_BROKEN' })
  t.like(JSON.parse(await say(path, '{"command":"worker","by":"many"}\n')), { ok: false })
})

test('stats: uWSGI’s schema, as uwsgitop reads it', async (t) => {
  const address = `@pst-${process.pid}`
  const site = await startTestGateway(t, { processes: 2, threads: 2, stats: address })
  await ask(site.socket, '/?1')
  const text = await new Promise<string>((resolve) => {
    let all = ''
    connect(address.replace('@', '\0'))
      .on('data', (chunk) => {
        all += chunk
      })
      .on('end', () => resolve(all))
  })
  const said = JSON.parse(text)
  t.like(said, { listen_queue: 0, pid: process.pid })
  t.is(said.workers.length, 2)
  const keys = ['id', 'pid', 'accepting', 'requests', 'delta_requests', 'exceptions', 'status', 'rss', 'vsz']
  for (const key of [
    ...keys,
    'running_time',
    'last_spawn',
    'respawn_count',
    'tx',
    'avg_rt',
    'apps',
    'cores',
  ]) {
    t.true(key in said.workers[0], key)
  }
  // What uwsgitop formats as numbers, of workers and of their cores.
  const numbers =
    'pid requests exceptions signals avg_rt rss vsz tx respawn_count harakiri_count running_time last_spawn'
  for (const worker of said.workers) {
    for (const name of numbers.split(' ')) t.is(typeof worker[name], 'number', name)
    t.true(['idle', 'busy', 'cheap', 'pause'].includes(worker.status))
    for (const core of worker.cores) {
      for (const name of ['id', 'requests', 'in_request']) t.is(typeof core[name], 'number', name)
    }
  }
  for (const name of ['listen_queue', 'uid', 'gid', 'pid']) t.is(typeof said[name], 'number', name)
  t.is(said.workers[0].cores.length, 2)
  t.is(
    said.workers.reduce((sum: number, one: { requests: number }) => sum + one.requests, 0),
    1,
  )
})

test('the admin listener has metrics, health and status', async (t) => {
  const admin = `/tmp/pad-${process.pid}.sock`
  const site = await startTestGateway(t, { admin })
  await ask(site.socket, '/?1')
  t.is((await ask(site.socket, '/die?2')).status, 502)
  await site.log.heard((said) => said.event === 'worker ready' && said.facts.worker === 2)
  const { body, headers } = await ask(admin, '/metrics')
  const text = body.toString()
  t.regex(String(headers['content-type']), /version=0\.0\.4/)
  t.regex(text, /^postern_responses_total\{class="2xx"\} 1$/m)
  t.regex(text, /^postern_worker_ends_total\{cause="died"\} 1$/m)
  t.regex(text, /^postern_application_seconds_bucket\{le="\+Inf"\} 1$/m)
  t.regex(text, /^postern_queue_wait_seconds_count 2$/m)
  t.is((await ask(admin, '/-/ready')).status, 200)
  t.is(JSON.parse((await ask(admin, '/-/status')).body.toString()).generation, 1)
  t.is((await ask(admin, '/nothing')).status, 404)
})

test('/-/live and /-/ready are answered without a worker; without a worker it is not ready', async (t) => {
  const site = await startTestGateway(t, { processes: 1 })
  t.is((await ask(site.socket, '/-/ready')).body.toString(), 'ready\n')
  const busy = ask(site.socket, '/wait?1')
  while (site.gateway.status().workers[0]?.busyLanes !== 1) await new Promise(setImmediate)
  t.is((await ask(site.socket, '/-/live')).status, 200)
  site.go()
  await busy
  t.is((await ask(site.socket, '/-/other?2')).status, 200)
  t.deepEqual(site.ran(), ['1', '2'])
})

test('/-/ready says no while the queue is full, and while the gateway stops; /-/live goes on', async (t) => {
  const site = await startTestGateway(t, { processes: 1, 'queue-limit': 1 })
  const queued = () => site.gateway.status().queue.length
  const running = ask(site.socket, '/wait?1')
  while (site.gateway.status().workers[0]?.busyLanes !== 1) await new Promise(setImmediate)
  // What waits behind a head that has begun is taken back into the queue.
  const waiting = ask(site.socket, '/wait?2')
  while (queued() !== 1) await new Promise((resolve) => setTimeout(resolve, 5))
  const full = await ask(site.socket, '/-/ready')
  t.deepEqual([full.status, full.text], [503, 'overloaded\n'])
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.teardown(() => agent.destroy())
  t.is((await asks(agent, site.socket, '/-/live')).status, 200)
  const stopped = site.gateway.stop()
  t.deepEqual(await asks(agent, site.socket, '/-/ready'), { status: 503, text: 'stopping\n' })
  site.go()
  t.deepEqual([(await running).status, (await waiting).status], [200, 200])
  await stopped
})

const asks = (agent: Agent, socketPath: string, path: string) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    request({ agent, socketPath, path }, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
      .on('error', reject)
      .end()
  })

test('health = false leaves the paths to the application', async (t) => {
  const site = await startTestGateway(t, { health: false })
  t.is((await ask(site.socket, '/-/live?7')).body.toString(), '7')
})

test('the access log of a real request has its id, worker and times', async (t) => {
  const site = await startTestGateway(t, {
    processes: 1,
    'log-format': '%(reqid) %(wid) %(uri) %(status) %(rsize)|%(rss) %(vsz) %(vars) %(traceparent)',
  })
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  await ask(site.socket, '/?12', { headers: { 'X-Request-Id': 'abc-123', traceparent } })
  const [text, facts] = (site.log.lines[0] as string).split('|')
  t.is(text, 'abc-123 1 /?12 200 2')
  const [rss, vsz, vars, trace] = (facts as string).split(' ')
  t.true(Number(rss) > 2 ** 20)
  t.true(Number(vsz) > Number(rss))
  t.true(Number(vars) > 5)
  t.is(trace, traceparent)
})

test('a gateway without admin and stats opens its listener, the lanes and the control socket, nothing else', async (t) => {
  const site = await startTestGateway(t)
  const mine = readFileSync('/proc/net/unix', 'utf8')
    .split('\n')
    .filter((line) => line.includes(site.folder) && line.includes(' 00010000 '))
    .map((line) => line.split(' ').at(-1)?.replace(`${site.folder}/`, ''))
  t.deepEqual(new Set(mine).size, 3)
})
