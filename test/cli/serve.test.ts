// `postern` without a command, as a process: what uwsgi's command line did.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { root } from '../helpers/cli.ts'
import { python } from '../helpers/gateway.ts'
import { ask, tempFolder } from '../helpers/nginx.ts'
import { program } from '../helpers/program.ts'

const apps = join(root, 'test/fixtures/uwsgi/apps')

type Running = {
  err: string
  out: string
  /** Resolves when it says so. */
  says(text: string): Promise<void>
  ended: Promise<number>
  kill(signal: NodeJS.Signals): void
}

function postern(t: ExecutionContext, cwd: string, argv: string[]): Running {
  const child = spawn(
    process.execPath,
    [program('cli/run.ts'), ...argv],
    // What it leaves behind would be in the folder.
    { cwd, env: { PATH: process.env.PATH, XDG_RUNTIME_DIR: cwd }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const waiting: (() => void)[] = []
  const running: Running = {
    err: '',
    out: '',
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = () => running.err.includes(text) && resolve()
        waiting.push(look)
        look()
        void running.ended.then((code) => reject(new Error(`ended with ${code}: ${running.err}`)))
      }),
    ended: new Promise((resolve) => child.on('close', (code) => resolve(code ?? -1))),
    kill: (signal) => void child.kill(signal),
  }
  child.stdout.on('data', (bytes) => {
    running.out += bytes
  })
  child.stderr.on('data', (bytes) => {
    running.err += bytes
    for (const look of waiting) look()
  })
  t.teardown(() => child.kill('SIGKILL'))
  return running
}

function folder(t: ExecutionContext): string {
  const path = tempFolder('cli')
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('serves a file, says what it serves, stops with 0 and leaves nothing', async (t) => {
  const cwd = folder(t)
  const argv = ['--http-socket', 's', '--wsgi-file', join(apps, 'test.py'), '--python', python, '-p', '2']
  const running = postern(t, cwd, argv)
  await running.says('generation in service')
  t.is((await ask(join(cwd, 's'), '/')).text, 'Hello World')
  t.regex(running.err, /^postern: serving .*test\.py\n/)
  t.regex(running.err, /2 worker processes/)
  running.kill('SIGTERM')
  t.is(await running.ended, 0)
  t.deepEqual(readdirSync(cwd), [])
})

test('an application that does not load exits 4 with its traceback', async (t) => {
  const cwd = folder(t)
  writeFileSync(join(cwd, 'app.py'), 'import no_such_module_at_all\n')
  const running = postern(t, cwd, ['--http-socket', 's', '--py-exec', python, 'app.py'])
  t.is(await running.ended, 4)
  t.regex(running.err, /No module named 'no_such_module_at_all'/)
  t.false(existsSync(join(cwd, 's')))
})

test('daemonize waits until it serves; SIGUSR2 replaces it, --stop ends the successor by its pid file', async (t) => {
  const cwd = folder(t)
  const argv = [
    '--http-socket',
    's',
    '--pidfile',
    'p',
    '-d',
    'log',
    '--python',
    python,
    join(apps, 'test.py'),
  ]
  const first = postern(t, cwd, argv)
  t.is(await first.ended, 0, first.err)
  const pid = (): number => Number(existsSync(join(cwd, 'p')) ? readFileSync(join(cwd, 'p'), 'utf8') : 0)
  const begun = pid()
  t.teardown(() => {
    for (const one of new Set([begun, pid()])) {
      try {
        if (one > 1) process.kill(one, 'SIGKILL')
      } catch {
        // It has ended, as it should.
      }
    }
  })
  t.is((await ask(join(cwd, 's'), '/')).text, 'Hello World')
  process.kill(begun, 'SIGUSR2')
  while (pid() === begun || pid() === 0) await new Promise((resolve) => setTimeout(resolve, 20))
  t.is((await ask(join(cwd, 's'), '/')).text, 'Hello World')
  t.is(await postern(t, cwd, ['--stop', 'p']).ended, 0)
  while (existsSync(join(cwd, 'p'))) await new Promise((resolve) => setTimeout(resolve, 20))
  t.regex(readFileSync(join(cwd, 'log'), 'utf8'), /stopping why=SIGINT/)
  const again = postern(t, cwd, ['--stop', 'p'])
  t.is(await again.ended, 2)
  t.regex(again.err, /SERVE_NO_PIDFILE/)
})

test('postern status and stop find the gateway that was started in this folder; two of them are told apart', async (t) => {
  const cwd = folder(t)
  const start = async (name: string): Promise<Running> => {
    const one = postern(t, cwd, ['--http-socket', name, '--python', python, join(apps, 'test.py')])
    await one.says('info serving')
    return one
  }
  const none = postern(t, cwd, ['status'])
  t.is(await none.ended, 7)
  t.regex(none.err, /GATEWAY_NOT_RUNNING/)
  const first = await start('a')
  const status = postern(t, cwd, ['status'])
  t.is(await status.ended, 0, status.err)
  t.regex(status.out, /listening +\S+\/a$/m)
  const second = await start('b')
  const several = postern(t, cwd, ['stop'])
  t.is(await several.ended, 7)
  t.regex(several.err, /2 gateways were started in/)
  second.kill('SIGKILL')
  await second.ended
  const stop = postern(t, cwd, ['stop'])
  t.is(await stop.ended, 0, stop.err)
  t.is(await first.ended, 0)
})
