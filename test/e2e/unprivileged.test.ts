// An ordinary user builds and runs a site: nothing outside its folder is needed or touched. As root: as nobody.
import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { startChild } from '../../cli/up/child.ts'
import { untilReady } from '../../cli/up/ready.ts'
import { closedFolder } from '../../generate/reach.ts'
import { ask, listening, nginxBinary, nginxOrSkip, tempFolder } from '../helpers/nginx.ts'
import { echoApp, writeFiles } from '../helpers/site.ts'
import { repository } from '../helpers/up.ts'

const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))

test('an ordinary user is told that port 80 is not for everybody, and which is', async (t) => {
  if (!nginxOrSkip(t)) return
  const folder = tempFolder('port-80')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, {
    'postern.config.json': JSON.stringify({ listen: [80], routes: [{ path: '/', respond: { body: 'x' } }] }),
  })
  const root = process.getuid?.() === 0
  const closed = root ? closedFolder(repository, { uid: 65534, groups: [65534] }) : undefined
  if (lowest <= 80 || closed !== undefined)
    return t.pass(`skipped: ${closed ? `nobody may not enter ${closed}` : 'everybody may listen on 80'}`)
  if (root) chownSync(folder, 65534, 65534)
  const line = [process.execPath, join(repository, 'bin/postern.mjs')]
  const [program, ...rest] = root
    ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...line]
    : line
  for (const [command, status] of [
    ['apply', 2],
    ['up', 6],
  ] as const) {
    const ran = spawnSync(program as string, [...rest, command], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 20_000,
    })
    t.is(ran.status, status, ran.stderr)
    t.regex(ran.stderr, /hint: ports below 1024 need root or CAP_NET_BIND_SERVICE/)
  }
})

test('a site is built, checked and served without any privilege', async (t) => {
  if (!nginxOrSkip(t)) return
  const folder = tempFolder('plain')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const python = process.env.POSTERN_PYTHON ?? '/usr/bin/python3'
  const site = {
    name: 'plain',
    listen: [`unix:${folder}/front.sock`],
    app: { kind: 'wsgi', file: 'app.py', python },
    static: [{ at: '/s/', root: 's' }],
  }
  writeFiles(folder, { 'postern.config.json': JSON.stringify(site), 'app.py': echoApp, 's/a.txt': 'file' })
  const root = process.getuid?.() === 0
  const closed = root ? closedFolder(repository, { uid: 65534, groups: [65534] }) : undefined
  if (closed !== undefined) {
    t.log(`skipped: nobody may not enter ${closed}, which holds this checkout`)
    t.pass()
    return
  }
  const nobody = ['--reuid=65534', '--regid=65534', '--clear-groups']
  if (root) for (const name of ['.', 's', ...readdirSync(folder)]) chownSync(join(folder, name), 65534, 65534)
  const as = (file: string, args: string[]): [string, string[]] =>
    root ? ['setpriv', [...nobody, file, ...args]] : [file, args]
  const mine = root ? 65534 : (process.getuid?.() ?? 0)

  const env = { ...process.env, HOME: '/nonexistent' }
  execFileSync(...as(process.execPath, [join(repository, 'bin/postern.mjs'), 'build', '-q']), {
    cwd: folder,
    env,
    stdio: 'pipe',
  })
  const out = join(folder, 'out')
  t.is(statSync(join(out, 'nginx.conf')).uid, mine)
  const said = execFileSync(
    ...as('/bin/sh', ['-c', `${nginxBinary} -t -q -e stderr -p . -c out/nginx.conf 2>&1`]),
    { cwd: folder, encoding: 'utf8' },
  )
  t.is(said, '')

  const gateway = startChild(...as(process.execPath, ['out/gateway.mjs']), { cwd: folder, onLine: () => {} })
  const nginx = startChild(
    ...as(nginxBinary as string, ['-p', '.', '-e', 'stderr', '-c', 'out/nginx.conf', '-g', 'daemon off;']),
    { cwd: folder, onLine: () => {} },
  )
  try {
    t.true(await untilReady(join(out, 'run/gateway.sock'), () => !gateway.running()), gateway.lastWords())
    await listening(join(folder, 'front.sock'), () => (nginx.running() ? undefined : nginx.lastWords()))
    t.is((await ask(join(folder, 'front.sock'), '/s/a.txt')).text, 'file')
    const large = await ask(join(folder, 'front.sock'), '/', {
      method: 'POST',
      body: Buffer.alloc(1_000_000),
    })
    t.is(JSON.parse(large.text).body, 1_000_000)
  } finally {
    nginx.kill('SIGTERM')
    gateway.kill('SIGTERM')
    await Promise.all([nginx.ended, gateway.ended])
  }
})
