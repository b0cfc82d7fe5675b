// A fleet's life as its operator's tools see it: systemd's sockets and messages, an upgrade under load, members that hang.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { memberSocket } from '../../../gateway/fleet/share.ts'
import { spawnGateway } from '../../helpers/gateway-process.ts'
import { load, statuses } from '../../helpers/load.ts'
import { ask, nginxOrSkip, startNginx, tempFolder } from '../../helpers/nginx.ts'
import { paths, underSystemd } from '../../helpers/systemd.ts'

const folderOf = (t: ExecutionContext): string => {
  const folder = tempFolder('fl')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('an upgrade of a fleet under load behind nginx loses nothing', async (t) => {
  if (!nginxOrSkip(t)) return
  const gateway = await spawnGateway(t, { gateways: 2, processes: 2 })
  await gateway.heard(/fleet in service/)
  const sockets = [gateway.socket, memberSocket(gateway.socket, 2)]
  // As the generator writes them: a member that was replaced is no reason to leave its socket alone for ten seconds.
  const servers = sockets.map((socket) => `server unix:${socket} max_fails=0;`).join(' ')
  const nginx = await startNginx({
    http: `upstream back { ${servers} keepalive 8; }`,
    server: 'location / { include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass back; }',
  })
  t.teardown(() => nginx.stop())
  let pid = 0
  const upgrading = (async () => {
    gateway.child.kill('SIGUSR2')
    const [, successor] = await gateway.heard(/upgrading successor=(\d+)[\s\S]*taking over from=/)
    pid = Number(successor)
    t.teardown(() => {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended.
      }
    })
    await gateway.gone
  })()
  let over = false
  void upgrading.then(() => {
    over = true
  })
  const answers = await load({
    socket: nginx.front,
    connections: 8,
    method: 'POST',
    path: (n) => `/?${n}`,
    count: 200_000,
    until: (sent) => sent >= 1_000 && over,
  })
  await upgrading
  t.is(await gateway.gone, 0)
  t.deepEqual(statuses(answers), { 200: answers.length })
  const ran = readFileSync(join(gateway.folder, 'ran'), 'utf8').trim().split('\n')
  t.is(new Set(ran).size, answers.length)
  t.is(ran.length, answers.length)
  for (const socket of sockets) t.is((await ask(socket, '/?last')).status, 200)
  process.kill(pid, 'SIGTERM')
  const files = [
    ...sockets,
    join(gateway.folder, 'r/control.sock'),
    join(gateway.folder, 'r/gateway-1/control.sock'),
  ]
  for (const file of files) while (existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10))
})

test('an upgrade of a fleet to code that does not load takes no socket over', async (t) => {
  const gateway = await spawnGateway(t, { gateways: 2, processes: 2 })
  await gateway.heard(/fleet in service/)
  writeFileSync(join(gateway.folder, 'app.py'), 'import nowhere_to_be_found\n')
  gateway.child.kill('SIGUSR2')
  await gateway.heard(/upgrade failed, this gateway goes on/)
  for (const socket of [gateway.socket, memberSocket(gateway.socket, 2)]) {
    t.is((await ask(socket, '/?1')).status, 200)
  }
  gateway.child.kill('SIGTERM')
  t.is((await gateway.exit).code, 0)
  t.false(existsSync(gateway.socket))
})

test('systemd’s sockets are the members’, and the fleet itself says READY, RELOADING, WATCHDOG and STOPPING', async (t) => {
  const [notify, first, second] = paths(folderOf(t), 'notify', 'a.sock', 'a.2.sock') as [
    string,
    string,
    string,
  ]
  const gateway = await spawnGateway(
    t,
    { gateways: 2, processes: 2, socket: [first] },
    underSystemd({ notify, listen: [first, second], watchdogMicros: 2_000_000 }),
  )
  const [, main] = await gateway.heard(/SAID READY=1\nMAINPID=(\d+)/)
  const [, pid] = await gateway.heard(/PID (\d+)/)
  t.is(main, pid)
  for (const socket of [first, second]) t.is((await ask(socket, '/?1')).status, 200)
  await gateway.heard(/SAID WATCHDOG=1/)
  process.kill(Number(pid), 'SIGHUP')
  await gateway.heard(/SAID RELOADING=1[\s\S]*SAID READY=1\n/)
  const [, stuck] = await gateway.heard(/serving on=\S+ pid=(\d+)/)
  process.kill(Number(stuck), 'SIGSTOP')
  await gateway.heard(/gateway is stuck[\s\S]*gateway is back/)
  for (const socket of [first, second]) t.is((await ask(socket, '/?2')).status, 200)
  process.kill(Number(pid), 'SIGTERM')
  await gateway.heard(/SAID STOPPING=1/)
  t.is((await gateway.exit).code, 0)
})

test('touch-reload reloads the members one after the other, and code that does not load stops at the first', async (t) => {
  const touch = join(folderOf(t), 'touch')
  writeFileSync(touch, '')
  const gateway = await spawnGateway(t, { gateways: 2, processes: 2, 'touch-reload': [touch] })
  await gateway.heard(/fleet in service/)
  writeFileSync(join(gateway.folder, 'app.py'), 'import nowhere_to_be_found\n')
  writeFileSync(touch, 'now')
  await gateway.heard(/reload stopped gateway=1/)
  t.is(gateway.log().match(/application failed to load/g)?.length, 1)
})
