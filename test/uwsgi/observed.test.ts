// Options of uwsgi.ini, line by line, as a running gateway shows their effect. Many lines share one gateway; each has a
// claim of its own. What test/uwsgi/serves.test.ts starts from whole files is not repeated here.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Gateway, startGateway } from '../../gateway/index.ts'
import { watchFiles } from '../../gateway/outside/watch.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'
import { python, type TestLog, testLog } from '../helpers/gateway.ts'
import { ask, tempFolder } from '../helpers/nginx.ts'

const app = `
import json, os, sys, time
loaded_by = os.getpid()

def application(environ, start_response):
    path = environ['PATH_INFO']
    body = b''
    if path == '/read':
        environ['wsgi.input'].read()
    if path == '/hang':
        time.sleep(60)
    if path == '/big':
        body = b'x' * 2000
    elif path != '/zero':
        body = json.dumps({
            'optimize': sys.flags.optimize,
            'mine': loaded_by == os.getpid(),
            'script': environ['SCRIPT_NAME'],
            'port': environ['SERVER_PORT'],
        }).encode()
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [body] if body else []
`

type Running = { folder: string; gateway: Gateway; log: TestLog; at: string }

async function start(
  t: ExecutionContext,
  lines: string[],
  { ownLog = false, files = {} as Record<string, string> } = {},
): Promise<Running> {
  const folder = tempFolder('observed')
  writeFileSync(join(folder, 'app.py'), app)
  writeFileSync(join(folder, 'uwsgi.ini'), `[uwsgi]\nchdir = %d\n${lines.join('\n')}\n`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const { options, problems } = translate(readConfiguration(['uwsgi.ini'], realWorld(folder, {})), folder)
  if (options === undefined) throw problems.find(({ severity }) => severity === 'error')?.error
  Object.assign(options, { python, 'run-dir': join(folder, 'run') })
  const log = testLog()
  const gateway = await startGateway(options, ownLog ? {} : { log })
  t.teardown(async () => {
    await gateway.stop(5_000)
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, gateway, log, at: gateway.addresses[0] as string }
}

const see = async ({ at }: Running, path = '/'): Promise<Record<string, unknown>> =>
  JSON.parse((await ask(at, path)).text)

/** Looks again and again, for what no event tells. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** A touch as `touch` does it, told from the last one even on a coarse clock. */
const touch = (path: string): void => {
  if (!existsSync(path)) writeFileSync(path, '')
  const later = new Date(Date.now() + 5_000)
  utimesSync(path, later, later)
}

test('protocol, chmod-socket and chown-socket: who may speak what to a socket', async (t) => {
  const isRoot = process.getuid?.() === 0
  const owner = isRoot ? ['chown-socket = 12345:23456'] : []
  const lines = [
    'wsgi-file = app.py',
    'socket = plain.sock',
    'protocol = http',
    'chmod-socket = 604',
    ...owner,
  ]
  const running = await start(t, lines)
  t.is((await ask(running.at, '/')).status, 200)
  const { mode, uid, gid } = statSync(running.at)
  t.is(mode & 0o777, 0o604)
  if (isRoot) t.deepEqual([uid, gid], [12345, 23456])
})

test('optimize and lazy: how Python is started, and who loads the application', async (t) => {
  const running = await start(t, ['http-socket = s', 'wsgi = app', 'optimize = 2', 'lazy = true'])
  t.like(await see(running), { optimize: 2, mine: true })
})

test('lazy-apps = false leaves the application to the template', async (t) => {
  const running = await start(t, ['http-socket = s', 'wsgi = app', 'lazy-apps = false'])
  t.like(await see(running), { mine: false })
})

test('no-default-app: paths outside all mounts are nobody’s', async (t) => {
  const lines = [
    'http-socket = s',
    'mount = /shop=app.py',
    'manage-script-name = true',
    'no-default-app = true',
  ]
  const running = await start(t, lines)
  t.like(await see(running, '/shop/x'), { script: '/shop' })
  t.is((await ask(running.at, '/elsewhere')).status, 404)
})

test('log-big, log-zero, logformat-strftime, log-date and log-truncate shape one log file', async (t) => {
  const lines = [
    'http-socket = s',
    'wsgi-file = app.py',
    'logto2 = %dout.log',
    'log-truncate = true',
    'disable-logging = true',
    'log-big = 1000',
    'log-zero = true',
    'log-date = day %%Y',
    'logformat-strftime = true',
    'log-format = %(ftime) %(uri)',
  ]
  const running = await start(t, lines, { ownLog: true, files: { 'out.log': 'yesterday\n' } })
  for (const path of ['/', '/big', '/zero']) await ask(running.at, path)
  running.gateway.log.flush()
  const text = readFileSync(join(running.folder, 'out.log'), 'utf8')
  const year = new Date().getFullYear()
  t.notRegex(text, /yesterday/)
  t.deepEqual(
    text
      .split('\n')
      .filter((line) => line.includes(' /'))
      .filter((line) => !/ info | warning /.test(line)),
    [`day ${year} /big`, `day ${year} /zero`],
  )
  t.regex(text, new RegExp(`^day ${year} info `, 'm'))
})

test('log-maxsize and log-backupname move the log away; touch-logrotate and touch-logreopen do so when asked', async (t) => {
  const lines = [
    'http-socket = s',
    'wsgi-file = app.py',
    'logto = out.log',
    'log-maxsize = 3000',
    'log-backupname = %dold.log',
    'touch-logrotate = rotate',
    'touch-logreopen = reopen',
    'log-format = %(uri)',
  ]
  const running = await start(t, lines, { ownLog: true, files: { rotate: '', reopen: '' } })
  const out = join(running.folder, 'out.log')
  const old = join(running.folder, 'old.log')
  const close = await watchFiles(running.gateway.options, {
    reload: () => {},
    reopen: () => running.gateway.log.reopen(),
    ready: () => {},
  })
  t.teardown(close)
  await ask(running.at, `/first?${'x'.repeat(3000)}`)
  running.gateway.log.flush()
  t.regex(readFileSync(old, 'utf8'), /\/first/)
  rmSync(old)
  touch(join(running.folder, 'rotate'))
  await until(() => existsSync(old))
  rmSync(out)
  touch(join(running.folder, 'reopen'))
  await until(() => existsSync(out))
  await ask(running.at, '/last')
  running.gateway.log.flush()
  t.regex(readFileSync(out, 'utf8'), /\/last/)
})

test('stats-http puts a head before the JSON; touch-exec runs its command', async (t) => {
  const lines = [
    'http-socket = s',
    'wsgi-file = app.py',
    'stats = stats.sock',
    'stats-http = true',
    'touch-exec = touched echo ran > made',
  ]
  const running = await start(t, lines, { files: { touched: '' } })
  const head = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = createConnection(join(running.folder, 'stats.sock'))
    socket.write('GET / HTTP/1.0\r\n\r\n')
    socket.on('data', (bytes) => {
      text += bytes
    })
    socket.on('end', () => resolve(text))
    socket.on('error', reject)
  })
  t.regex(head, /^HTTP\/1\.[01] 200 OK\r\n[\s\S]*\r\n\r\n\{/)
  touch(join(running.folder, 'touched'))
  await until(() => existsSync(join(running.folder, 'made')))
})

test('fs-reload: a change anywhere in a directory reloads', async (t) => {
  const running = await start(t, ['http-socket = s', 'wsgi-file = app.py', 'fs-reload = templates'], {
    files: { 'templates/a.html': '' },
  })
  const seen = new Promise<string>((resolve) => {
    void watchFiles(running.gateway.options, {
      reload: resolve,
      reopen: () => {},
      ready: () => writeFileSync(join(running.folder, 'templates/a.html'), 'new'),
    }).then((close) => t.teardown(close))
  })
  t.regex(await seen, /templates/)
})

for (const [line, why] of [
  ['reload-on-as = 1', 'reload-on-as'],
  ['evil-reload-on-as = 1', 'evil-reload-on-as'],
] as const) {
  test(`${line}: a worker with so much address space is replaced`, async (t) => {
    const lines = ['http-socket = s', 'wsgi-file = app.py', 'min-worker-lifetime = 0', line]
    const running = await start(t, lines)
    await ask(running.at, '/').catch(() => {}) // it may be struck down while it still answers
    const left = await running.log.heard(({ event }) => /worker (left|died)/.test(event))
    t.is(left.facts.why, why)
  })
}

test('reload-mercy: a request that takes longer does not hold up the end', async (t) => {
  const running = await start(t, ['http-socket = s', 'wsgi-file = app.py', 'reload-mercy = 1'])
  const hanging = ask(running.at, '/hang').catch(() => ({ status: 0 }))
  await until(() => running.gateway.status().workers.some(({ busyLanes }) => busyLanes > 0))
  await running.gateway.stop()
  t.not((await hanging).status, 200)
  t.false(existsSync(running.at))
})

test('max-requests without a delta: the worker is replaced after exactly so many', async (t) => {
  const limits = ['max-requests = 3', 'max-requests-delta = 0', 'min-worker-lifetime = 0']
  const running = await start(t, ['http-socket = s', 'wsgi-file = app.py', ...limits])
  for (let n = 0; n < 3; n++) t.is((await ask(running.at, '/')).status, 200)
  const left = await running.log.heard(({ event }) => event === 'worker left')
  t.like(left.facts, { why: 'max-requests', requests: 3 })
  t.is((await ask(running.at, '/')).status, 200)
})

test('socket-timeout: a body that stops coming is given up', async (t) => {
  const running = await start(t, ['http-socket = s', 'wsgi-file = app.py', 'socket-timeout = 0.3'])
  const answer = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = createConnection(running.at)
    socket.write('POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf')
    socket.on('data', (bytes) => {
      text += bytes
    })
    socket.on('close', () => resolve(text))
    socket.on('error', reject)
  })
  t.regex(answer, /^HTTP\/1\.1 408 /)
  t.is((await ask(running.at, '/')).status, 200)
})

test('log-x-forwarded-for: the client is whom the proxy names', async (t) => {
  const lines = [
    'http-socket = s',
    'wsgi-file = app.py',
    'log-x-forwarded-for = true',
    'log-format = %(addr)',
  ]
  const running = await start(t, lines)
  await ask(running.at, '/', { headers: { 'x-forwarded-for': '192.0.2.7, 10.0.0.1' } })
  t.deepEqual(running.log.lines, ['192.0.2.7'])
})

test('vacuum: sockets, pid files and pipes are gone after the end', async (t) => {
  const lines = [
    'http-socket = s',
    'wsgi-file = app.py',
    'pidfile = %done.pid',
    'safe-pidfile2 = two.pid',
    'stats = st',
    'master-fifo = fifo',
  ]
  const running = await start(t, lines)
  const made = ['fifo', 'one.pid', 's', 'st', 'two.pid']
  t.deepEqual(
    made.filter((name) => !readdirSync(running.folder).includes(name)),
    [],
  )
  await running.gateway.stop(5_000)
  t.deepEqual(
    made.filter((name) => readdirSync(running.folder).includes(name)),
    [],
  )
})
