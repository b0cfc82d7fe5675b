// postern systemd: what the units say, and that systemd takes them.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { type UnitFacts, unitsOf } from '../../cli/gateway/units.ts'
import { runLines } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/nginx.ts'
import { program } from '../helpers/program.ts'

const root = join(import.meta.dirname, '../..')
const facts: UnitFacts = {
  name: 'shop',
  node: '/usr/bin/node',
  nginx: '/usr/sbin/nginx',
  out: '/srv/my shop/out',
  user: 'shop',
  group: 'web',
  addresses: ['/run/shop/gateway.sock', ':8000'],
  socketMode: '660',
  socketGroup: 'www-data',
  writable: ['/srv/my shop/out/run'],
  bootSeconds: 120,
  stopSeconds: 60,
  hasNginx: true,
}

const unit = (name: string, more: Partial<UnitFacts> = {}): string =>
  unitsOf({ ...facts, ...more }).get(name) ?? ''

test('the socket unit opens the gateway’s addresses in the order of its options, for nginx’s group', (t) => {
  const text = unit('shop-gateway.socket')
  t.regex(text, /ListenStream=\/run\/shop\/gateway\.sock\nListenStream=8000\n/)
  t.regex(text, /SocketGroup=www-data\nSocketMode=0660\n/)
})

test('the gateway’s unit is told when it is ready, drains alone, and has no capability', (t) => {
  const text = unit('shop-gateway.service')
  t.regex(text, /^Type=notify$/m)
  t.regex(text, /^KillMode=mixed$/m)
  t.regex(text, /^TimeoutStopSec=70$/m)
  t.regex(text, /^CapabilityBoundingSet=$/m)
  t.regex(
    text,
    /^ExecStart=\/usr\/bin\/node "\/srv\/my shop\/out\/gateway\.mjs" "\/srv\/my shop\/out\/gateway\.json"$/m,
  )
})

test('without an nginx.conf there is no unit for nginx', (t) => {
  t.deepEqual(
    [...unitsOf({ ...facts, hasNginx: false }).keys()],
    ['shop-gateway.socket', 'shop-gateway.service'],
  )
})

test('a percent sign in a path is no specifier', (t) => {
  t.regex(unit('shop-gateway.service', { out: '/srv/50%off' }), /\/srv\/50%%off\/gateway\.mjs/)
})

test('systemd-analyze accepts what postern systemd writes', (t) => {
  if (spawnSync('systemd-analyze', ['--version']).status !== 0) {
    t.log('skipped: systemd-analyze is not installed')
    t.pass()
    return
  }
  const folder = tempFolder('sd')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const out = join(folder, 'out')
  mkdirSync(out)
  writeFileSync(join(out, 'nginx.conf'), 'events {}')
  writeFileSync(join(out, 'gateway.mjs'), '')
  const options = {
    socket: [join(folder, 'run/g.sock')],
    module: 'site.wsgi',
    'run-dir': join(folder, 'run'),
  }
  writeFileSync(join(out, 'gateway.json'), JSON.stringify(options))
  const units = join(folder, 'units')
  const args = [
    program('cli/run.ts'),
    'systemd',
    '--out',
    out,
    '--user',
    'root',
    '--nginx',
    '/bin/true',
    '--write',
    units,
  ]
  const written = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  t.is(written.status, 0, written.stderr)
  const names = ['postern-gateway.socket', 'postern-gateway.service', 'postern-nginx.service']
  for (const name of names) t.true(readFileSync(join(units, name), 'utf8').length > 0)
  const verified = spawnSync('systemd-analyze', ['verify', ...names.map((name) => join(units, name))], {
    encoding: 'utf8',
  })
  t.is(verified.stderr, '')
  t.is(verified.status, 0)
})

test('the socket is nginx’s group’s; a gateway that cannot read nginx’s stored bodies is told so', (t) => {
  const out = tempFolder('units')
  t.teardown(() => rmSync(out, { recursive: true, force: true }))
  writeFileSync(
    join(out, 'gateway.json'),
    JSON.stringify({ module: 'x', socket: [join(out, 's')], 'run-dir': out }),
  )
  const conf = 'user www-data;\nhttp { fastcgi_param POSTERN_BODY_FILE $request_body_file if_not_empty; }\n'
  writeFileSync(join(out, 'nginx.conf'), conf)
  const [site, same] = ['site', 'www-data'].map((user) => ['systemd', '--out', out, '--user', user])
  const [told, quiet] = runLines([site as string[], same as string[]])
  t.regex(told?.out ?? '', /SocketUser=site\nSocketGroup=www-data/)
  t.regex(told?.err ?? '', /site cannot read the request bodies.*uploads: 'buffer'/)
  t.is(quiet?.code, 0)
  t.notRegex(quiet?.err ?? '', /cannot read/)
})
