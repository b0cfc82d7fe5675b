// Configurations as people have them (test/fixtures/uwsgi) are read, translated, started and asked.

import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Gateway, startGateway } from '../../gateway/index.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'
import { python, type TestLog, testLog } from '../helpers/gateway.ts'
import { ask, tempFolder } from '../helpers/nginx.ts'

/** The gateway’s own environment has it; the configuration takes it from the workers. */
process.env.UNWANTED = 'x'

const fixtures = join(import.meta.dirname, '../fixtures/uwsgi')

type Served = {
  run: string
  gateway: Gateway
  log: TestLog
  get(path: string, headers?: Record<string, string>): Promise<string>
  json(path?: string): Promise<Record<string, never> & { env: Record<string, string> }>
}

/** Starts the configuration; `run` is its folder for sockets and files. */
async function serve(
  t: ExecutionContext,
  argv: string[],
  { env = {}, ownLog = false }: { env?: Record<string, string>; ownLog?: boolean } = {},
): Promise<Served> {
  const run = tempFolder('serves')
  const world = realWorld(fixtures, { PATH: process.env.PATH, RUN: run, ...env })
  for (const [name, value] of Object.entries(env)) world.env[name] = value.replaceAll('$RUN', run)
  const { options, problems } = translate(readConfiguration(argv, world), fixtures)
  const errors = problems.filter(({ severity }) => severity === 'error')
  t.deepEqual(
    errors.map(({ error }) => error.message),
    [],
  )
  if (options === undefined) throw new Error('no options')
  options.python = python
  options.chdir ??= fixtures
  options['run-dir'] = join(run, 'r')
  const log = testLog()
  const gateway = await startGateway(options, ownLog ? {} : { log })
  t.teardown(async () => {
    await gateway.stop(5_000)
    rmSync(run, { recursive: true, force: true })
  })
  const address = gateway.addresses[0] as string
  const get = async (path: string, headers = {}) => (await ask(address, path, { headers })).text
  return { run, gateway, log, get, json: async (path = '/') => JSON.parse(await get(path)) }
}

test.serial('the tutorial: http and wsgi-file', async (t) => {
  const { get } = await serve(t, ['01-tutorial.ini'])
  t.is(await get('/'), 'Hello World')
})

test.serial('Flask behind a socket', async (t) => {
  const { get, gateway } = await serve(t, ['--ini', '02-flask.ini'])
  t.is(await get('/'), 'Hello from Flask')
  t.is(gateway.status().workers.length, 2)
})

test.serial('a Flask factory, loaded per worker, with threads', async (t) => {
  const { get } = await serve(t, ['03-flask-factory.ini'])
  t.is(await get('/'), 'factory')
})

test.serial('Bottle in a .wsgi file with a callable of its own name', async (t) => {
  const { get } = await serve(t, ['04-bottle.ini'])
  t.is(await get('/'), 'Hello from Bottle')
})

test.serial('Django as its documentation has it', async (t) => {
  const { get, run } = await serve(t, ['05-django.ini'])
  t.is(await get('/'), 'Hello from Django at /')
  t.is(await get('/deep/7/'), '7')
  t.is(readFileSync(join(run, 'mysite-master.pid'), 'utf8').trim(), String(process.pid))
})

test.serial('Django with threads by file', async (t) => {
  const { get } = await serve(t, ['06-django-threads.ini'])
  t.is(await get('/'), 'Hello from Django at /')
})

test.serial('mounts split SCRIPT_NAME at path boundaries', async (t) => {
  const { get, json } = await serve(t, ['07-mounts.ini'])
  t.is(await get('/shop/a'), 'shop /shop|/a')
  t.is(await get('/shop/admin/b'), 'admin /shop/admin|/b')
  t.is(((await json('/shopping')) as unknown as { info: string }).info, '/shopping')
})

test.serial('a YAML file', async (t) => {
  const { json } = await serve(t, ['--yaml', '08-yaml.yaml'])
  const { env } = await json()
  t.like(env, { COLOUR: 'blue', SHAPE: 'a: b' })
})

test.serial('a JSON file', async (t) => {
  const { json } = await serve(t, ['09-json.json'])
  const facts = await json()
  t.like(facts.env, { COLOUR: 'green', LEVEL: '2' })
  t.true(facts.multithread)
})

test.serial('a product’s container: words for numbers, variables of its own, JSON told apart', async (t) => {
  const { get, gateway } = await serve(t, ['28-json-logs.ini'], { env: { UWSGI_HOW_MANY: '3' } })
  t.is(await get('/'), 'Hello from Flask')
  t.is(gateway.status().workersWanted, 1)
  t.like(gateway.options, { processes: 3, 'log-json': true })
})

test.serial('the shape of OpenStack’s services', async (t) => {
  const { get, gateway, log } = await serve(t, ['23-service.ini'])
  t.is(await get('/'), 'Hello World')
  t.is(gateway.options.threads, 2)
  t.regex(log.lines[0] ?? '', /^\{"addr":".*"method":"GET", "uri":"\/", "status":200, /)
})

test.serial('the access log in its own file', async (t) => {
  const { get, gateway, run } = await serve(t, ['25-loggers.ini'], { ownLog: true })
  await get('/')
  gateway.log.flush()
  t.is(readFileSync(join(run, 'req.log'), 'utf8'), 'GET / 200\n')
  t.notRegex(readFileSync(join(run, 'err.log'), 'utf8'), /GET/)
})

test.serial('a buildpack waits for a file that hooks write and remove', async (t) => {
  const env = { SOCKET: '$RUN/pack.sock', WEB_CONCURRENCY: '2' }
  const { get, gateway, run } = await serve(t, ['26-buildpack.ini'], { env })
  t.is(await get('/'), 'Hello from Flask')
  t.is(gateway.status().workers.length, 2)
  t.is(readFileSync(join(run, 'app-initialized'), 'utf8'), 'yes')
  t.true(existsSync(join(run, 'made')))
  await gateway.stop(5_000)
  t.false(existsSync(join(run, 'app-initialized')))
})

test.serial('an XML file', async (t) => {
  const { json, gateway } = await serve(t, ['27-legacy.xml'])
  t.like((await json()).env, { COLOUR: 'red & blue', SHAPE: '<round>' })
  t.is(gateway.status().workers.length, 2)
})

test.serial('a section that builds on another', async (t) => {
  const { json, gateway } = await serve(t, ['--ini', '10-sections.ini:production'])
  t.is((await json()).env.TIER, 'production')
  t.true(gateway.status().workers.length > 1)
})

test.serial('includes, loops and placeholders', async (t) => {
  const { json } = await serve(t, ['11-includes.ini'])
  const facts = await json()
  t.deepEqual(facts.modules as unknown, ['extra_one', 'extra_two'])
  t.is(facts.env.FROM, 'base.ini in common')
})

test.serial('conditions by environment and files', async (t) => {
  const { json } = await serve(t, ['12-conditions.ini'], { env: { PORT_SOCKET: '$RUN/conditions.sock' } })
  t.like((await json()).env, {
    FOUND: join(fixtures, 'common/base.ini'),
    MODE_IS: 'plain',
    NUMBER_2: '2',
    DEFAULTED: 'fallback',
  })
})

test.serial('cheaper starts with few workers', async (t) => {
  const { get, gateway } = await serve(t, ['13-cheaper.ini'])
  t.is(await get('/'), 'Hello World')
  t.is(gateway.status().workersWanted, 2)
})

test.serial('a vassal that takes everything from its file’s name', async (t) => {
  const { get, gateway } = await serve(t, ['14-vassal.ini'])
  t.is(await get('/'), 'Hello from Flask')
  t.regex(gateway.addresses[0] as string, /14-vassal\.vassal\.sock$/)
})

test.serial('a container’s configuration, logging failures only', async (t) => {
  const { get, gateway, log } = await serve(t, ['15-container.ini'], { env: { WORKERS: '1' } })
  await get('/')
  t.is(gateway.status().workers.length, 1)
  const { status } = await ask(gateway.addresses[0] as string, '/boom')
  t.is(status, 500)
  t.is(log.lines.length, 1)
  t.regex(log.lines[0] as string, /\/boom/)
})

test.serial('environment, arguments, imports and paths reach the application', async (t) => {
  const { json } = await serve(t, ['16-environment.ini'])
  const facts = (await json()) as unknown as {
    env: Record<string, string>
    argv: string[]
    path: string[]
    modules: string[]
    cwd: string
  }
  t.like(facts.env, { ONE: '1', TWO: 'two words', LINK: 'a=b' })
  t.is(facts.env.UNWANTED, undefined)
  t.deepEqual(facts.argv.slice(1), ['--flag', 'two words', 'last'])
  t.deepEqual(facts.path.slice(0, 2), [join(fixtures, 'apps/lib'), join(fixtures, 'apps/mysite')])
  t.true(facts.modules.includes('extra_one'))
  t.is(facts.cwd, join(fixtures, 'apps'))
})

test.serial('limits, masks and names of the worker processes', async (t) => {
  const { json } = await serve(t, ['22-process.ini'])
  const facts = (await json('/process')) as unknown as Record<string, unknown>
  t.deepEqual(facts, {
    umask: 0o027,
    files: 512,
    space: 4096 * 2 ** 20,
    stack: 512 * 1024,
    comm: 'shop: w!',
    cwd: '/',
  })
})

test.serial('static files without a worker on an HTTP listener', async (t) => {
  const { gateway, get } = await serve(t, ['17-static.ini'])
  const at = gateway.addresses[0] as string
  const css = readFileSync(join(fixtures, 'apps/static/site.css'), 'utf8')
  const file = await ask(at, '/static/site.css')
  t.is(file.text, css)
  t.regex(file.headers['content-type'] ?? '', /^text\/css/)
  t.is(file.headers['cache-control'], 'public, max-age=3600')
  t.is((await ask(at, '/one.css')).text, css)
  t.is((await ask(at, '/site.css')).text, css)
  t.is((await ask(at, '/static/../test.py')).text, 'Hello World')
  t.is(await get('/static/none.css'), 'Hello World')
})

test.serial('a log file with a format of its own', async (t) => {
  const { get, run, gateway } = await serve(t, ['18-logging.ini'], { ownLog: true })
  await get('/a?b=c')
  gateway.log.flush()
  t.regex(readFileSync(join(run, 'app.log'), 'utf8'), / GET \/a\?b=c => 200 in \d+ms$/m)
})

test.serial('pid files and statistics', async (t) => {
  const { json, run } = await serve(t, ['19-control.ini'])
  await json()
  for (const name of ['first.pid', 'second.pid']) {
    t.is(readFileSync(join(run, name), 'utf8').trim(), String(process.pid), name)
  }
  const stats = JSON.parse(await readAll(join(run, 'stats.sock')))
  t.is(stats.workers[0].requests, 1)
})

test.serial('a module that needs another directory', async (t) => {
  const { get } = await serve(t, ['21-library.ini'])
  t.is(await get('/'), 'helper')
})

test.serial('a virtualenv’s own interpreter runs the workers', async (t) => {
  const venv = join(tempFolder('venv'), 'env')
  execFileSync(python, ['-m', 'venv', '--without-pip', venv])
  t.teardown(() => rmSync(join(venv, '..'), { recursive: true }))
  const argv = ['--http-socket', '$(RUN)/venv.sock', '-w', 'facts', '--chdir', 'apps', '-H', venv]
  const { json } = await serve(t, argv)
  t.is(((await json('/interpreter')) as unknown as { prefix: string }).prefix, venv)
})

test.serial('no file at all, only a command line', async (t) => {
  const argv = [
    '--http-socket',
    '$(RUN)/cli.sock',
    '-w',
    'facts:Holder.wsgi',
    '--chdir',
    'apps',
    '-p2',
    '-M',
    '--die-on-t',
  ]
  const { get } = await serve(t, argv)
  t.is(await get('/x'), 'inner |/x')
})

test.serial('a positional application', async (t) => {
  const { get } = await serve(t, ['--http-socket=$(RUN)/cli.sock', 'apps/test.py'])
  t.is(await get('/'), 'Hello World')
  t.true(existsSync(join(fixtures, 'apps/test.py')))
})

test.serial('commands at each moment, and a daemon that lives as long as the gateway', async (t) => {
  const { json, run, gateway, log } = await serve(t, ['20-companions.ini'])
  await json()
  t.deepEqual(readFileSync(join(run, 'ran'), 'utf8').trim().split('\n'), ['asap', 'user', 'pre', 'post'])
  await log.heard(({ event }) => event === 'daemon started')
  await until(
    () => existsSync(join(run, 'daemon')) && readFileSync(join(run, 'daemon'), 'utf8').includes('\n'),
  )
  const pid = Number(/daemon (\d+)/.exec(readFileSync(join(run, 'daemon'), 'utf8'))?.[1])
  t.notThrows(() => process.kill(pid, 0))
  await gateway.stop(5_000)
  await until(() => !isAlive(pid))
  t.regex(readFileSync(join(run, 'ran'), 'utf8'), /\natexit\n$/)
})

test.serial('a daemon that dies comes back', async (t) => {
  const { run, log } = await serve(t, ['20-companions.ini'])
  const daemon = join(run, 'daemon')
  await until(() => existsSync(daemon) && readFileSync(daemon, 'utf8').includes('\n'))
  process.kill(Number(/daemon (\d+)/.exec(readFileSync(daemon, 'utf8'))?.[1]), 'SIGKILL')
  const { facts } = await log.heard(({ event }) => event === 'daemon ended')
  t.regex(String(facts.ending), /^(SIGKILL|137)$/)
  await until(() => readFileSync(daemon, 'utf8').split('\n').length > 2)
})

test.serial('a command that fails stops the start and leaves nothing', async (t) => {
  const argv = [
    '--http-socket',
    '$(RUN)/x.sock',
    '-w',
    'facts',
    '--chdir',
    'apps',
    '--exec-pre-app',
    'exit 3',
  ]
  await t.throwsAsync(() => serve(t, argv), { message: 'exec-pre-app: `exit 3` ended with 3' })
})

test.serial('the named pipe takes uWSGI’s letters', async (t) => {
  const { run, gateway, log, json } = await serve(t, ['19-control.ini'])
  await json()
  const tell = (letters: string) => writeFileSync(join(run, 'fifo'), letters)
  tell('+')
  await until(() => gateway.status().workersWanted === 2)
  tell('-')
  await until(() => gateway.status().workersWanted === 1)
  tell('r')
  await log.heard(({ event, facts }) => event === 'generation in service' && facts.generation === 2)
  rmSync(join(run, 'first.pid'))
  tell('sP?')
  await log.heard(({ event, level }) => event === 'statistics' && level === 'info')
  await log.heard(({ event, facts }) => event.includes('unknown command') && facts.letter === '?')
  t.true(existsSync(join(run, 'first.pid')))
  tell('p')
  await log.heard(({ event }) => event.startsWith('paused'))
  const waiting = json()
  tell('p')
  await log.heard(({ event }) => event === 'resumed')
  t.is((await waiting).script as unknown, '')
  await gateway.stop(5_000)
  t.false(existsSync(join(run, 'fifo')))
})

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Looks again and again, for what no event tells. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}

const readAll = (path: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ''
    createConnection(path)
      .on('data', (bytes) => {
        text += bytes
      })
      .on('end', () => resolve(text))
      .on('error', reject)
  })
