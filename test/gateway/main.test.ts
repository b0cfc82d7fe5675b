// The gateway as its operator sees it: signals, exit codes, files.

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { countingApp } from '../helpers/gateway.ts'
import { inService, spawnGateway } from '../helpers/gateway-process.ts'
import { load, statuses } from '../helpers/load.ts'
import { ask, tempFolder } from '../helpers/nginx.ts'

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('SIGTERM answers what is running and what waits, then exits 0 and leaves nothing', async (t) => {
  const gateway = await spawnGateway(t, { processes: 1, pidfile: undefined })
  await gateway.heard(inService)
  const answers = load({
    socket: gateway.socket,
    connections: 6,
    path: (n) => `/sleep?${n}=0.2`,
    count: 6,
  })
  while (!existsSync(join(gateway.folder, 'ran')) || readFileSync(join(gateway.folder, 'ran')).length === 0) {
    await new Promise(setImmediate)
  }
  gateway.child.kill('SIGTERM')
  t.deepEqual(statuses(await answers), { 200: 6 })
  t.deepEqual(await gateway.exit, { code: 0, signal: null })
  t.deepEqual(readdirSync(join(gateway.folder, 'r')), [])
  t.false(existsSync(gateway.socket))
})

test('SIGTERM while the application is loading: exit 0, nothing is left behind', async (t) => {
  const app = `import os, time\nprint('LOADING', os.getpid(), flush=True)\ntime.sleep(60)\n`
  const gateway = await spawnGateway(t, {}, { app })
  const [, pid] = await gateway.heard(/LOADING (\d+)/)
  gateway.child.kill('SIGTERM')
  t.deepEqual(await gateway.exit, { code: 0, signal: null })
  t.deepEqual(readdirSync(join(gateway.folder, 'r')), [])
  t.false(existsSync(gateway.socket))
  while (isThere(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 10))
})

test('file descriptors run out: a lost worker and a reload survive it, the log says so, and all heals', async (t) => {
  const gateway = await spawnGateway(t, { processes: 1 })
  const [, worker] = await gateway.heard(/worker ready worker=1 pid=(\d+)/)
  await gateway.heard(/info serving/)
  const pid = String(gateway.child.pid)
  const limit = (files: number) => execFileSync('prlimit', ['--pid', pid, `--nofile=${files}:`])
  limit(readdirSync(`/proc/${pid}/fd`).length - 10)
  gateway.child.kill('SIGHUP')
  await gateway.heard(/reload refused, everything stays as it is .*EMFILE/)
  process.kill(Number(worker), 'SIGKILL')
  await gateway.heard(/worker cannot be started .*EMFILE/)
  t.is(gateway.child.exitCode, null)
  limit(1024)
  await gateway.heard(/worker ready worker=[^1]/)
  t.is((await ask(gateway.socket, '/?1')).status, 200)
  gateway.child.kill('SIGHUP')
  await gateway.heard(/generation in service generation=2/)
})

test('the backlog of its sockets is 4096, or what the kernel allows', async (t) => {
  const gateway = await spawnGateway(t, { http: ['127.0.0.1:0'] })
  const [, port] = await gateway.heard(/listening address=127\.0\.0\.1:(\d+)/)
  await gateway.heard(/info serving/)
  const allowed = Math.min(4096, Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')))
  const listing = spawnSync('ss', ['-lxtnH'], { encoding: 'utf8' })
  if (listing.status !== 0) {
    t.log('skipped: there is no ss(8)')
    t.pass()
    return
  }
  // The name of a Unix socket is the one it was bound to, before the rename.
  const backlogs = (pattern: RegExp) =>
    listing.stdout
      .split('\n')
      .filter((line) => pattern.test(line))
      .map((line) => Number(line.trim().split(/\s+/)[3]))
  t.deepEqual(backlogs(new RegExp(`127\\.0\\.0\\.1:${port}\\s`)), [allowed])
  t.true(backlogs(new RegExp(`${gateway.folder}/\\.`)).every((one) => one === allowed))
  t.is(backlogs(new RegExp(`${gateway.folder}/\\.`)).length, 1)
})

test('a second signal ends everything at once', async (t) => {
  const gateway = await spawnGateway(t, { processes: 1 })
  await gateway.heard(inService)
  const running = load({ socket: gateway.socket, connections: 1, path: () => '/sleep?1=60', count: 1 })
  await gateway.heard(/worker ready/)
  while (readFileSync(join(gateway.folder, 'ran')).length === 0) await new Promise(setImmediate)
  gateway.child.kill('SIGINT')
  await gateway.heard(/stopping why=SIGINT/)
  gateway.child.kill('SIGTERM')
  t.deepEqual(await gateway.exit, { code: 1, signal: null })
  t.not((await running)[0]?.status, 200)
})

test('SIGHUP brings the new code into service', async (t) => {
  const gateway = await spawnGateway(t)
  await gateway.heard(inService)
  writeFileSync(
    join(gateway.folder, 'app.py'),
    countingApp.replace('body = number', 'body = b"new" + number'),
  )
  gateway.child.kill('SIGHUP')
  await gateway.heard(/worker left .*why=reload/)
  t.is((await ask(gateway.socket, '/?1')).body.toString(), 'new1')
})

test('a reload takes what gateway.json says now, and a file that is none changes nothing', async (t) => {
  const gateway = await spawnGateway(t, { processes: 1 })
  await gateway.heard(/info serving/)
  const file = join(gateway.folder, 'gateway.json')
  const options = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(file, JSON.stringify({ ...options, processes: 3, 'chmod-socket': '600' }))
  gateway.child.kill('SIGHUP')
  await gateway.heard(/a reload does not take options=chmod-socket/)
  await gateway.heard(/workers wanted workers=3/)
  writeFileSync(file, '{')
  gateway.child.kill('SIGHUP')
  await gateway.heard(/reload refused, everything stays as it is reason=.*gateway\.json/)
  t.is((await ask(gateway.socket, '/?1')).status, 200)
})

test('touch-reload: a touched file reloads', async (t) => {
  const folder = `/tmp/postern-touch-${process.pid}`
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'touch')
  writeFileSync(file, '')
  const gateway = await spawnGateway(t, { 'touch-reload': [file] })
  await gateway.heard(/info serving/)
  writeFileSync(file, 'now')
  await gateway.heard(/generation in service generation=2/)
  t.pass()
})

test('py-autoreload: a changed Python file reloads, another file does not', async (t) => {
  const gateway = await spawnGateway(t, { 'py-autoreload': 1, chdir: '/tmp' }, {})
  gateway.child.kill('SIGKILL')
  await gateway.exit
  const watching = await spawnGateway(t, { 'py-autoreload': 1, chdir: gateway.folder })
  await watching.heard(inService)
  await watching.heard(/watching for changes/)
  writeFileSync(join(gateway.folder, 'notes.txt'), 'x')
  writeFileSync(join(gateway.folder, 'views.py'), 'x = 1')
  const [, why] = await watching.heard(/reload asked for why=(\S+)/)
  t.regex(String(why), /views\.py$/)
})

test('SIGUSR1 opens a rotated log anew', async (t) => {
  const folder = `/tmp/postern-usr1-${process.pid}`
  mkdirSync(folder, { recursive: true })
  const logto = join(folder, 'log')
  const gateway = await spawnGateway(t, { logto })
  while (!existsSync(logto) || !inService.test(readFileSync(logto, 'utf8'))) await new Promise(setImmediate)
  renameSync(logto, `${logto}.1`)
  gateway.child.kill('SIGUSR1')
  while (!existsSync(logto) || !readFileSync(logto, 'utf8').includes('log reopened')) {
    await new Promise(setImmediate)
  }
  t.pass()
})

test('SIGUSR1 when the log’s folder is gone: the gateway goes on in the old file and says so', async (t) => {
  const folder = tempFolder('lg')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const logto = join(folder, 'sub/log')
  mkdirSync(join(folder, 'sub'))
  const gateway = await spawnGateway(t, { logto })
  const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '')
  while (!/info serving/.test(read(logto))) await new Promise(setImmediate)
  renameSync(join(folder, 'sub'), join(folder, 'moved'))
  gateway.child.kill('SIGUSR1')
  const moved = join(folder, 'moved/log')
  while (!/log cannot be reopened/.test(read(moved))) await new Promise(setImmediate)
  t.is((await ask(gateway.socket, '/?1')).status, 200)
})

test('an application that does not import: the traceback, a hint, exit 4', async (t) => {
  const gateway = await spawnGateway(t, {}, { app: 'import no_such_module_here\n' })
  t.is((await gateway.exit).code, 4)
  t.regex(gateway.log(), /No module named 'no_such_module_here'/)
  t.regex(gateway.log(), /postern: the application .*app\.py could not be loaded/)
})

test('the same with an application that every worker loads itself', async (t) => {
  const gateway = await spawnGateway(t, { preload: 'off' }, { app: 'import no_such_module_here\n' })
  t.is((await gateway.exit).code, 4)
  t.regex(gateway.log(), /No module named 'no_such_module_here'/)
})

test('an interpreter that is not there: exit 3', async (t) => {
  const gateway = await spawnGateway(t, { python: '/no/such/python3' })
  t.is((await gateway.exit).code, 3)
  t.regex(gateway.log(), /a Python worker \(\/no\/such\/python3\) failed to start/)
})

test('bad options: every problem is named, exit 2', async (t) => {
  const gateway = await spawnGateway(t, { processes: 0, harakiri: -1 })
  t.is((await gateway.exit).code, 2)
  t.regex(gateway.log(), /processes: .*; harakiri: /)
})

test('a second gateway on the same socket is refused with exit 6, the first goes on', async (t) => {
  const first = await spawnGateway(t)
  await first.heard(inService)
  const second = await spawnGateway(t, { socket: [first.socket] })
  t.is((await second.exit).code, 6)
  t.regex(second.log(), /another process is already listening/)
  t.is((await ask(first.socket, '/?1')).status, 200)
})

test('a second gateway in the same run directory is refused as well', async (t) => {
  const first = await spawnGateway(t)
  await first.heard(inService)
  const second = await spawnGateway(t, { 'run-dir': join(first.folder, 'r') })
  t.is((await second.exit).code, 6)
  t.regex(second.log(), /another process is already listening on .*control\.sock/)
  t.true(existsSync(join(first.folder, 'r/control.sock')))
})

test('a directory that nginx cannot enter is named with the remedy', async (t) => {
  const closed = join('/tmp', `postern-closed-${process.pid}`)
  mkdirSync(closed, { recursive: true, mode: 0o700 })
  const gateway = await spawnGateway(t, { socket: [join(closed, 's')] })
  const [line] = await gateway.heard(/warning directory is closed to others.*/)
  t.regex(line, new RegExp(`path=${closed} mode=700 .*chmod o\\+x ${closed}`))
})

test('a socket that is root’s alone is named with the remedy, one with a group or for all is not', async (t) => {
  if (process.getuid?.() !== 0) {
    t.log('skipped: only root makes such sockets')
    t.pass()
    return
  }
  const gateway = await spawnGateway(t)
  await gateway.heard(/info serving/)
  t.regex(
    gateway.log(),
    /only root can connect to the socket path=\S+ mode=660 hint="nginx’s workers .* chown-socket = :www-data/,
  )
  for (const options of [{ 'chmod-socket': '666' }, { 'chown-socket': ':nogroup' }]) {
    const open = await spawnGateway(t, options)
    await open.heard(/info serving/)
    t.notRegex(open.log(), /only root can connect/)
  }
})

test('kill -9 of the gateway ends its daemons, too, with what they have started', async (t) => {
  const command = "trap '' TERM; sleep 300 & echo DAEMON $$ $!; wait"
  const gateway = await spawnGateway(t, { 'attach-daemon': [command] })
  const [, shell, child] = await gateway.heard(/DAEMON (\d+) (\d+)/)
  await gateway.heard(/info serving/)
  gateway.child.kill('SIGKILL')
  for (const pid of [shell, child]) {
    while (isThere(Number(pid))) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  t.pass()
})

test('kill -9 of the gateway ends its workers, and a restart heals over what it left', async (t) => {
  const first = await spawnGateway(t, { processes: 2 })
  await first.heard(/worker ready worker=2/)
  const pids = [...first.log().matchAll(/worker ready worker=\d+ pid=(\d+)/g)].map((found) =>
    Number(found[1]),
  )
  first.child.kill('SIGKILL')
  await first.exit
  for (const pid of pids) while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 10))
  t.is(pids.length, 2)
  const left = readdirSync(join(first.folder, 'r'))
  t.true(left.length > 0)
  const second = await spawnGateway(t, { socket: [first.socket], 'run-dir': join(first.folder, 'r') })
  await second.heard(inService)
  t.is((await ask(first.socket, '/?1')).status, 200)
  const now = readdirSync(join(first.folder, 'r'))
  t.false(left.some((name) => name !== 'control.sock' && now.includes(name)))
})
