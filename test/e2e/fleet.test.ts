// `gateways: 2` in a site file: nginx balances over both sockets of the fleet.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { startChild } from '../../cli/up/child.ts'
import { untilReady } from '../../cli/up/ready.ts'
import { nginxOrSkip, runNginx } from '../helpers/nginx.ts'
import { buildTemp } from '../helpers/site.ts'
import { tied } from '../helpers/tied.ts'

const APP = `
import os
def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'%d' % os.getpid()]
`

test('nginx reaches the workers of every gateway, and goes on when one is away', async (t) => {
  if (!nginxOrSkip(t)) return
  const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'
  const site = {
    app: { kind: 'wsgi', file: 'app.py', python },
    gateway: { gateways: 2, processes: 2 },
    unknownHosts: 'serve',
  }
  const { folder, front, built } = await buildTemp(t, site, { 'app.py': APP })
  t.is(readFileSync(join(built.out, 'nginx.conf'), 'utf8').match(/server unix:\S+gateway/g)?.length, 2)
  const [program, ...rest] = tied([process.execPath, join(built.out, 'gateway.mjs')], 'TERM') as [
    string,
    ...string[],
  ]
  const gateway = startChild(program, rest, {
    cwd: folder,
    onLine: () => {},
  })
  const over = () => !gateway.running()
  const sockets = ['gateway.sock', 'gateway.2.sock'].map((name) => join(built.out, 'run', name))
  for (const socket of sockets) t.true(await untilReady(socket, over), gateway.lastWords())
  const nginx = await runNginx(
    folder,
    join(built.out, 'nginx.conf'),
    front,
    join(built.out, 'run/log/error.log'),
    ['-g', 'daemon off;'],
  )
  try {
    const pids = new Set<string>()
    for (let n = 0; n < 20; n++) pids.add((await nginx.ask('/')).text)
    t.is(pids.size, 2)
    const found = execFileSync('pgrep', ['-f', join(built.out, 'run/gateway-2/gateway.json')], {
      encoding: 'utf8',
    })
    process.kill(Number(found.split('\n')[0]), 'SIGKILL')
    for (let n = 0; n < 10; n++) t.is((await nginx.ask('/')).status, 200)
  } finally {
    await nginx.stop()
    gateway.kill('SIGTERM')
    await gateway.ended
  }
})
