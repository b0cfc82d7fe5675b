// SIGUSR2: a gateway that replaces itself, under load, with nginx in front.

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { inService, spawnGateway } from '../helpers/gateway-process.ts'
import { everyPostOnce } from '../helpers/load.ts'
import { ask, nginxOrSkip, startNginx } from '../helpers/nginx.ts'

/** The last process that took over, waited for; ended with the test. */
async function successor(
  t: ExecutionContext,
  heard: (pattern: RegExp) => Promise<RegExpMatchArray>,
  after: string,
) {
  const [, pid] = await heard(
    new RegExp(`upgrading successor=(\\d+)(?![\\s\\S]*upgrading)[\\s\\S]*taking over from=${after}`),
  )
  t.teardown(async () => {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It has been replaced, or has ended.
    }
  })
  return pid as string
}

test('three upgrades under load behind nginx lose nothing', async (t) => {
  if (!nginxOrSkip(t)) return
  const gateway = await spawnGateway(t, { processes: 2 })
  await gateway.heard(inService)
  const nginx = await startNginx({
    http: `upstream back { server unix:${gateway.socket}; keepalive 8; }`,
    server: 'location / { include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass back; }',
  })
  t.teardown(() => nginx.stop())
  let upgrades = 0
  let current = String(gateway.child.pid)
  const upgrading = (async () => {
    for (; upgrades < 3; upgrades++) {
      process.kill(Number(current), 'SIGUSR2')
      current = await successor(t, gateway.heard, current)
      await gateway.heard(new RegExp(`serving on=\\S+ pid=${current}`))
    }
  })()
  await everyPostOnce(t, { folder: gateway.folder, front: nginx.front }, upgrading, () => upgrades === 3)
  t.is(await gateway.gone, 0)
  process.kill(Number(current), 'SIGTERM')
  const control = join(gateway.folder, 'r/control.sock')
  while (existsSync(control)) await new Promise((resolve) => setTimeout(resolve, 10))
  t.false(existsSync(gateway.socket))
})

test('an upgrade to code that does not load changes nothing', async (t) => {
  const gateway = await spawnGateway(t)
  await gateway.heard(/info serving/)
  writeFileSync(join(gateway.folder, 'app.py'), 'import nowhere_to_be_found\n')
  gateway.child.kill('SIGUSR2')
  await gateway.heard(/upgrade failed, this gateway goes on reason="the successor ended: 4"/)
  t.is((await ask(gateway.socket, '/?1')).status, 200)
  t.true(existsSync(join(gateway.folder, 'r/control.sock')))
})

test('a TCP port is handed over with its listening socket', async (t) => {
  const gateway = await spawnGateway(t, { http: ['127.0.0.1:0'], socket: [] })
  const [, port] = await gateway.heard(/listening address=127\.0\.0\.1:(\d+)/)
  await gateway.heard(/info serving/)
  gateway.child.kill('SIGUSR2')
  const pid = await successor(t, gateway.heard, String(gateway.child.pid))
  t.is(await gateway.gone, 0)
  const answer = await fetch(`http://127.0.0.1:${port}/?42`)
  t.is(await answer.text(), '42')
  process.kill(Number(pid), 'SIGTERM')
})
