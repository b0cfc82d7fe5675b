// A configuration that changes under a running gateway: what a reload takes, what it names, what it refuses.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { python } from '../helpers/gateway.ts'
import { ask, tempFolder } from '../helpers/nginx.ts'
import { program } from '../helpers/program.ts'

const app = `
import json, os, threading
def application(environ, start_response):
    start_response('200 OK', [])
    return [json.dumps({'colour': os.environ.get('COLOUR'), 'lines': 'one', 'multithread': environ['wsgi.multithread']}).encode()]
`

type Running = {
  log: string
  heard(text: string): Promise<void>
  pid: number
  get(): Promise<Record<string, unknown>>
}

async function serve(t: ExecutionContext, lines: (folder: string) => string[]) {
  const folder = tempFolder('reread')
  const file = join(folder, 'uwsgi.ini')
  const write = (more: string[]) =>
    writeFileSync(file, `[uwsgi]\n${[...lines(folder), ...more].join('\n')}\n`)
  writeFileSync(join(folder, 'app.py'), app)
  write([])
  const child = spawn(process.execPath, [program('cli/run.ts'), file], {
    cwd: folder,
    env: { PATH: process.env.PATH, XDG_RUNTIME_DIR: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  t.teardown(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await new Promise((done) => child.once('close', done))
    rmSync(folder, { recursive: true, force: true })
  })
  const waiting = new Set<() => void>()
  const running: Running = {
    log: '',
    pid: child.pid as number,
    heard: (text) =>
      new Promise((resolve, reject) => {
        const from = running.log.length
        const look = () => {
          if (!running.log.slice(from).includes(text)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        child.once('close', () => reject(new Error(running.log)))
      }),
    get: async () => JSON.parse((await ask(join(folder, 's'), '/')).text),
  }
  child.stderr.on('data', (bytes) => {
    running.log += bytes
    for (const look of waiting) look()
  })
  await running.heard('serving on=')
  const told = async (more: string[], text: string) => {
    const heard = running.heard(text)
    write(more)
    process.kill(running.pid, 'SIGHUP')
    await heard
  }
  return { running, told, folder, write }
}

test('a reload takes what the configuration says now', async (t) => {
  const { running, told, folder } = await serve(t, (at) => [
    'http-socket = s',
    'wsgi-file = app.py',
    `py-executable = ${python}`,
    'env = COLOUR=red',
    `exec-pre-app = echo ran >> ${at}/ran`,
    `attach-daemon = echo daemon >> ${at}/daemon; exec sleep 1000`,
    `smart-attach-daemon = x.pid echo smart >> ${at}/smart; exec sleep 1000`,
  ])
  t.deepEqual(await running.get(), { colour: 'red', lines: 'one', multithread: false })

  // The daemon is told to end when the code is in service, and started again with it.
  const again = running.heard('daemon started')
  await told(
    ['env = COLOUR=blue', 'threads = 3', 'processes = 2', 'harakiri = 9'],
    'workers wanted workers=2',
  )
  t.regex(running.log, /configuration changed options="?[^\n]*env/)
  t.deepEqual(await running.get(), { colour: 'blue', lines: 'one', multithread: true })
  t.is(readFileSync(join(folder, 'ran'), 'utf8'), 'ran\nran\n')
  await again
  await until(() => readFileSync(join(folder, 'daemon'), 'utf8') === 'daemon\ndaemon\n')
  t.is(readFileSync(join(folder, 'smart'), 'utf8'), 'smart\n')

  // What is of the process is named, the rest taken.
  await told(['env = COLOUR=green', 'listen = 99', `logto2 = ${folder}/x.log`], 'reload complete')
  t.regex(running.log, /a reload does not take options="[^"]*listen[^"]*" hint="[^"]*kill -USR2/)
  t.like(await running.get(), { colour: 'green' })
  t.false(existsSync(join(folder, 'x.log')))

  // A configuration that is wrong, and code that does not load, change nothing.
  await told(['env = COLOUR=black', 'vaccum = true'], 'reload refused, everything stays as it is')
  t.regex(running.log, /uwsgi\.ini:\d+: there is no option 'vaccum'/)
  await told(['env = COLOUR=black', 'wsgi-file = gone.py'], 'reload refused')
  await told(['env = COLOUR=black', 'callable = gone'], 'the old code stays in service')
  t.like(await running.get(), { colour: 'green' })
})

test('touch-reload of the file itself is enough', async (t) => {
  const { running, write } = await serve(t, () => [
    'http-socket = s',
    'wsgi-file = app.py',
    `py-executable = ${python}`,
    'touch-reload = %p',
    'disable-logging = true',
    'if-reload =',
    'env = COLOUR=reloaded',
    'endif',
  ])
  t.like(await running.get(), { colour: null })
  const done = running.heard('reload complete')
  write(['max-requests = 5'])
  await done
  t.like(await running.get(), { colour: 'reloaded' })
})

/** Looks again and again, for what no event tells. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}
