// Workers, templates and gateways that die: who is told what, and what heals.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { startTestGateway } from '../../helpers/gateway.ts'
import { spawnGateway } from '../../helpers/gateway-process.ts'
import { ask } from '../../helpers/nginx.ts'

const parentOf = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)]).toString())

test('a worker that exits in a request: 502, the log has exit code, id and request line', async (t) => {
  const site = await startTestGateway(t, { processes: 1 })
  t.is((await ask(site.socket, '/exit?1')).status, 502)
  const death = await site.log.heard((said) => said.event === 'worker died')
  t.is(death.facts.cause, 'exit code 7')
  t.regex(String(death.facts.lost), /^\S+ GET \/exit\?1$/)
  t.is((await ask(site.socket, '/?2')).status, 200)
  t.deepEqual(site.gateway.status().restarts, { died: 1 })
})

test('a worker that the kernel kills for lack of memory: 502, and the log says so', async (t) => {
  const group = `/sys/fs/cgroup/memory/postern-test-${process.pid}`
  try {
    mkdirSync(group)
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(300 << 20))
  } catch (error) {
    t.log(`skipped: no control group can be made here (${(error as Error).message})`)
    t.pass()
    return
  }
  const app = `
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'x' * 1 if environ['PATH_INFO'] == '/' else str(len([b'x' * (1 << 20) for n in range(600)])).encode()]
`
  const gateway = await spawnGateway(
    t,
    { processes: 1 },
    {
      app,
      wrap: (command) => ['/bin/sh', '-c', `echo $$ >${group}/cgroup.procs; exec "$@"`, 'sh', ...command],
    },
  )
  await gateway.heard(/info serving/)
  t.is((await ask(gateway.socket, '/grow')).status, 502)
  await gateway.heard(/worker died .*cause="signal SIGKILL \(the kernel was out of memory\)" .*GET \/grow/)
  t.is((await ask(gateway.socket, '/')).status, 200)
  gateway.child.kill('SIGTERM')
  await gateway.exit
  rmdirSync(group)
})

test('requests that wait behind a worker that dies are answered by the next one', async (t) => {
  const site = await startTestGateway(t, { processes: 1 })
  await ask(site.socket, '/?0')
  const dies = ask(site.socket, '/die?1')
  const others = Promise.all([2, 3, 4, 5].map((n) => ask(site.socket, `/?${n}`)))
  t.is((await dies).status, 502)
  t.deepEqual(
    (await others).map((answer) => answer.status),
    [200, 200, 200, 200],
  )
  t.deepEqual(site.ran().toSorted(), ['0', '1', '2', '3', '4', '5'])
})

test('a template that dies is replaced, its workers go on, new ones can be made', async (t) => {
  const site = await startTestGateway(t, { processes: 2 })
  const [worker] = site.gateway.status().workers
  process.kill(parentOf(worker?.pid ?? 0), 'SIGKILL')
  await site.log.heard((said) => said.event === 'template died')
  t.is((await ask(site.socket, '/?1')).status, 200)
  t.is(site.gateway.want(3), 3)
  await site.log.heard((said) => said.event === 'worker ready' && said.facts.worker === 3)
  t.is(site.gateway.status().workers.length, 3)
})

test('workers that die at birth are tried again ever more slowly, and the log says so', async (t) => {
  const app = `
import os, threading
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'ok']
`
  const site = await startTestGateway(t, { processes: 1, preload: 'off' }, app)
  site.writeApp('import os\nos._exit(3)\n')
  process.kill(site.gateway.status().workers[0]?.pid ?? 0, 'SIGKILL')
  const said = await site.log.heard((one) => one.event === 'workers keep dying' && one.facts.inARow === 4)
  t.is(said.facts.nextTryInMs, 800)
  site.writeApp(app)
  await site.log.heard((one) => one.event === 'worker ready' && Number(one.facts.worker) > 1)
  t.is((await ask(site.socket, '/')).status, 200)
})

test('a stopped gateway leaves no process, no socket and no file in its run directory', async (t) => {
  const site = await startTestGateway(t, { processes: 2 })
  const pids = site.gateway.status().workers.map((worker) => worker.pid)
  pids.push(parentOf(pids[0] ?? 0))
  await site.gateway.stop()
  t.deepEqual(readdirSync(join(site.folder, 'r')), [])
  t.deepEqual(readdirSync(site.folder).toSorted(), ['app.py', 'r', 'ran'])
  for (const pid of pids) while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
  t.false(pids.some(isThere))
})

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
