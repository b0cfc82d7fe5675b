// What systemd gives the gateway and hears from it: sockets, READY, RELOADING, STOPPING, WATCHDOG, restarts without a loss.

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type GatewayProcess, spawnGateway } from '../helpers/gateway-process.ts'
import { everyPostOnce } from '../helpers/load.ts'
import { ask, nginxOrSkip, startNginx, tempFolder } from '../helpers/nginx.ts'
import { paths, underSystemd } from '../helpers/systemd.ts'

const folderOf = (t: ExecutionContext): string => {
  const folder = tempFolder('sd')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const count = (gateway: GatewayProcess, pattern: RegExp): number =>
  gateway.log().match(new RegExp(pattern, 'g'))?.length ?? 0

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('its sockets are used as they are; it hears READY, RELOADING with the time, READY again, STOPPING', async (t) => {
  const [listen] = paths(folderOf(t), 'listen') as [string]
  const notify = `@postern-test-${process.pid}`
  const gateway = await spawnGateway(t, {}, underSystemd({ notify, listen: [listen] }))
  const [, pid] = await gateway.heard(/SAID READY=1\nMAINPID=(\d+)\nSTATUS=serving on \S+/)
  t.is((await ask(listen, '/?1')).status, 200)
  t.false(existsSync(gateway.socket))
  process.kill(Number(pid), 'SIGHUP')
  await gateway.heard(/SAID RELOADING=1\nMONOTONIC_USEC=\d+\n[\s\S]*SAID READY=1\n/)
  const [, micros] = await gateway.heard(/MONOTONIC_USEC=(\d+)/)
  const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0])
  t.true(Math.abs(Number(micros) / 1e6 - uptime) < 600, 'the clock is the one since boot')
  process.kill(Number(pid), 'SIGTERM')
  await gateway.heard(/SAID STOPPING=1/)
  t.is((await gateway.exit).code, 0)
  t.true(existsSync(listen), 'the socket is systemd’s')
})

test('a reload that fails is told as over, too, and the workers have not inherited the listening socket', async (t) => {
  const folder = folderOf(t)
  const [notify, listen] = paths(folder, 'notify', 'listen') as [string, string]
  const gateway = await spawnGateway(t, { processes: 1 }, underSystemd({ notify, listen: [listen] }))
  await gateway.heard(/SAID READY=1\nMAINPID/)
  const [, worker] = await gateway.heard(/worker ready worker=1 pid=(\d+)/)
  const inode = readFileSync('/proc/net/unix', 'latin1')
    .split('\n')
    .find((line) => line.endsWith(` ${listen}`))
    ?.trim()
    .split(/\s+/)[6]
  const files = readdirSync(`/proc/${worker}/fd`).map((fd) => readlinkSync(`/proc/${worker}/fd/${fd}`))
  t.truthy(inode)
  t.false(files.includes(`socket:[${inode}]`), files.join(' '))
  writeFileSync(join(gateway.folder, 'app.py'), 'import nowhere_at_all\n')
  const [, pid] = await gateway.heard(/PID (\d+)/)
  process.kill(Number(pid), 'SIGHUP')
  await gateway.heard(/SAID RELOADING=1[\s\S]*SAID READY=1\n/)
  t.is((await ask(listen, '/?1')).status, 200)
})

test('WATCHDOG=1 comes while the event loop runs, also without a template, and stops when it hangs', async (t) => {
  const [notify] = paths(folderOf(t), 'notify') as [string]
  const gateway = await spawnGateway(t, { processes: 1 }, underSystemd({ notify, watchdogMicros: 200_000 }))
  await gateway.heard(/SAID WATCHDOG=1\n(SAID|.*\n)*?SAID WATCHDOG=1/)
  const [, pid] = await gateway.heard(/PID (\d+)/)
  process.kill(Number(pid), 'SIGSTOP')
  // What is on its way still comes; then nothing for five times as long as systemd waits.
  let before: number
  do {
    before = count(gateway, /WATCHDOG=1/)
    await pause(1_000)
  } while (count(gateway, /WATCHDOG=1/) !== before)
  process.kill(Number(pid), 'SIGCONT')
  while (count(gateway, /WATCHDOG=1/) < before + 2) await pause(20)
  // Code that does not load any more, and no template that could speak: the old workers serve on.
  writeFileSync(join(gateway.folder, 'app.py'), 'import nowhere_at_all\n')
  const [, worker] = await gateway.heard(/worker ready worker=1 pid=(\d+)/)
  const parent = execFileSync('ps', ['-o', 'ppid=', '-p', worker as string]).toString()
  process.kill(Number(parent), 'SIGKILL')
  await gateway.heard(/template died[\s\S]*application failed to load/)
  const then = count(gateway, /WATCHDOG=1/)
  while (count(gateway, /WATCHDOG=1/) < then + 3) await pause(20)
  t.is((await ask(gateway.socket, '/?1')).status, 200)
})

test('a watchdog that is meant for another process is left alone', async (t) => {
  const [notify] = paths(folderOf(t), 'notify') as [string]
  const plan = underSystemd({ notify, watchdogMicros: 50_000 })
  const gateway = await spawnGateway(
    t,
    { processes: 1 },
    { wrap: (command) => (plan.wrap as (c: string[]) => string[])(['env', 'WATCHDOG_PID=1', ...command]) },
  )
  await gateway.heard(/info serving/)
  await pause(300)
  t.is(count(gateway, /WATCHDOG/), 0)
})

test('three restarts behind its socket and nginx, under load, lose nothing', async (t) => {
  if (!nginxOrSkip(t)) return
  const folder = folderOf(t)
  const [notify, listen] = paths(folder, 'notify', 'listen') as [string, string]
  const gateway = await spawnGateway(
    t,
    { processes: 2 },
    underSystemd({ notify, listen: [listen], starts: 4 }),
  )
  await gateway.heard(/SAID READY=1/)
  const nginx = await startNginx({
    http: `upstream back { server unix:${listen}; keepalive 8; }`,
    server: 'location / { include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass back; }',
  })
  t.teardown(() => nginx.stop())
  let restarts = 0
  const restarting = (async () => {
    for (; restarts < 3; restarts++) {
      const [, pid] = await gateway.heard(new RegExp(`(?:PID (\\d+)[\\s\\S]*){${restarts + 1}}SAID READY=1`))
      process.kill(Number(pid), 'SIGTERM')
      await gateway.heard(new RegExp(`(?:ENDED 0[\\s\\S]*){${restarts + 1}}SAID READY=1`))
    }
  })()
  await everyPostOnce(t, { folder: gateway.folder, front: nginx.front }, restarting, () => restarts === 3)
  const [pid] = [...gateway.log().matchAll(/PID (\d+)/g)].map((found) => Number(found[1])).slice(-1)
  process.kill(pid as number, 'SIGTERM')
  t.is((await gateway.exit).code, 0)
})
