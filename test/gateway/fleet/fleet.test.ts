// A fleet of two real gateways, as one process for whoever looks at it.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import anyTest, { type TestFn } from 'ava'
import { type Child, startChild } from '../../../cli/up/child.ts'
import type { Status } from '../../../gateway/outside/status.ts'
import { ask, tempFolder } from '../../helpers/nginx.ts'
import { repository } from '../../helpers/up.ts'

type Context = { folder: string; fleet: Child; lines: string[] }
const test = anyTest.serial as TestFn<Context>

const APP = `
import os
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'%d' % os.getpid()]
`

let shared: Context
const listeners = new Set<(line: string) => void>()
const hears = (pattern: RegExp) =>
  new Promise<string>((resolve) => {
    const hear = (line: string) => {
      if (!pattern.test(line)) return
      listeners.delete(hear)
      resolve(line)
    }
    listeners.add(hear)
  })

test.before(async () => {
  const folder = tempFolder('fleet')
  writeFileSync(join(folder, 'app.py'), APP)
  const options = {
    gateways: 2,
    socket: [join(folder, 'g.sock')],
    module: 'app',
    chdir: folder,
    processes: 3,
    'run-dir': join(folder, 'run'),
    python: process.env.POSTERN_PYTHON ?? '/usr/bin/python3',
    stats: join(folder, 'stats.sock'),
    admin: join(folder, 'admin.sock'),
    pidfile: join(folder, 'pid'),
  }
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(options))
  const lines: string[] = []
  const served = hears(/fleet in service/)
  const fleet = startChild(process.execPath, [join(repository, 'dist/gateway.mjs'), 'gateway.json'], {
    cwd: folder,
    onLine: (line) => {
      lines.push(line)
      for (const listener of listeners) listener(line)
    },
  })
  shared = { folder, fleet, lines }
  await Promise.race([served, fleet.ended])
})

test.beforeEach((t) => {
  t.context = shared
})

test.after.always(async () => {
  shared.fleet.kill('SIGKILL')
  await shared.fleet.ended
  rmSync(shared.folder, { recursive: true, force: true })
})

const status = async ({ folder }: Context): Promise<Status> =>
  JSON.parse((await ask(join(folder, 'admin.sock'), '/-/status')).text)

test('both sockets answer, each from workers of its own', async (t) => {
  const { folder, fleet } = t.context
  t.true(fleet.running(), fleet.lastWords())
  const pids = new Set<string>()
  for (const socket of ['g.sock', 'g.2.sock']) pids.add((await ask(join(folder, socket), '/')).text)
  t.is(pids.size, 2)
})

test('one status: workers of both under numbers of their own, sums of the rest', async (t) => {
  const { workers, workersWanted, addresses, requests, pid } = await status(t.context)
  t.deepEqual(workers.map((worker) => worker.id).sort(), [1001, 1002, 2001])
  t.is(workersWanted, 3)
  t.is(addresses.length, 2)
  t.true(requests.accepted >= 2)
  t.is(pid, t.context.fleet.pid)
  t.is(Number(readFileSync(join(t.context.folder, 'pid'), 'utf8')), pid)
})

test('one page of metrics', async (t) => {
  const { text } = await ask(join(t.context.folder, 'admin.sock'), '/metrics')
  t.regex(text, /^postern_workers_wanted 3$/m)
  t.regex(text, /^postern_queue_wait_seconds_count \d+$/m)
})

test('the command line sees one gateway: worker add, reload', async (t) => {
  const { folder } = t.context
  const postern = (...args: string[]) =>
    execFileSync(process.execPath, [join(repository, 'bin/postern.mjs'), ...args], {
      cwd: folder,
      encoding: 'utf8',
    })
  t.regex(postern('reload'), /generation 2/)
  t.is(postern('worker', 'add', '3'), '6 workers wanted\n')
  t.is((await status(t.context)).workersWanted, 6)
})

test('a member that is killed comes back; the other serves meanwhile', async (t) => {
  const { folder } = t.context
  const member = execFileSync('pgrep', ['-f', join(folder, 'run/gateway-2/gateway.json')], {
    encoding: 'utf8',
  })
  const back = hears(/gateway is back/)
  process.kill(Number(member.trim().split('\n')[0]), 'SIGKILL')
  t.is((await ask(join(folder, 'g.sock'), '/')).status, 200)
  await back
  t.is((await ask(join(folder, 'g.2.sock'), '/')).status, 200)
})

test('SIGTERM ends all of it and leaves no socket behind', async (t) => {
  const { fleet, folder } = t.context
  fleet.kill('SIGTERM')
  t.is((await fleet.ended).code, 0)
  const sockets = execFileSync('find', [folder, '-type', 's'], { encoding: 'utf8' })
  t.is(sockets, '')
  t.false(existsSync(join(folder, 'pid')))
  t.true(readdirSync(folder).includes('run'))
  t.throws(() => execFileSync('pgrep', ['-f', folder]), undefined, 'no process left')
})
