// apply changes the gateway too: new options, new code, and back again when the site does not answer.

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { apply } from '../../cli/apply/apply.ts'
import { ask as askControl } from '../../cli/gateway/client.ts'
import { nginxOrSkip, tempFolder } from '../helpers/nginx.ts'
import { serveApp, writeFiles } from '../helpers/site.ts'
import { freePort, startUp } from '../helpers/up.ts'

const app = `
import os
def application(environ, start_response):
    who = os.environ.get('WHO', 'nobody')
    start_response('500 Broken' if who == 'broken' else '200 OK', [('Content-Type', 'text/plain')])
    return [who.encode()]
`

test('new options replace the gateway; one that does not start or answers 5xx is rolled back', async (t) => {
  if (!nginxOrSkip(t)) return
  const { folder, built, ask } = await serveApp(t, {}, { 'app.py': app })
  const config = join(folder, 'postern.config.json')
  const site = JSON.parse(readFileSync(config, 'utf8'))
  const control = join(built.out, 'run/control.sock')
  const status = async () =>
    (await askControl(control, { command: 'status' })) as { status?: { pid: number } }
  const pid = async () => (await status()).status?.pid as number
  t.teardown(() => askControl(control, { command: 'stop' }).catch(() => undefined))
  const steps: string[] = []
  const voice = { step: (text: string) => steps.push(text), warn: (text: string) => steps.push(text) }
  const change = (who: string, gateway: object = {}) =>
    writeFiles(folder, {
      'postern.config.json': JSON.stringify({ ...site, app: { ...site.app, env: { WHO: who } }, gateway }),
    })
  const options = () => readFileSync(join(built.out, 'gateway.json'), 'utf8')
  const first = await pid()
  t.is((await ask('/')).text, 'nobody')

  change('me', { processes: 2 })
  t.is(await apply({ config, lint: false }, voice), 'applied', steps.join('\n'))
  const second = await pid()
  t.not(second, first)
  t.is((await ask('/')).text, 'me')
  t.true(steps.includes(`the gateway has been replaced (pid ${second})`), steps.join('\n'))
  t.is(statSync(join(built.out, 'gateway.json')).mode & 0o777, 0o600, 'variables may be secrets')
  const good = options()

  // It does not start: the old process has gone on.
  writeFiles(folder, {
    'postern.config.json': JSON.stringify({ ...site, app: { ...site.app, file: 'gone.py' } }),
  })
  await t.throwsAsync(apply({ config, lint: false }, voice), {
    code: 'APPLY_ROLLED_BACK',
    message: /a gateway with the new options does not start \(the successor ended: 4\)/,
  })
  t.is(await pid(), second)
  t.is(options(), good)
  t.is(statSync(join(built.out, 'gateway.json')).mode & 0o777, 0o600)
  t.is((await ask('/')).text, 'me')

  // It starts and answers 500: the old options get a process again.
  change('broken')
  await t.throwsAsync(apply({ config, lint: false }, voice), {
    code: 'APPLY_ROLLED_BACK',
    message: /GET \/ is answered 500/,
  })
  t.is(options(), good)
  t.is((await ask('/')).text, 'me')
  t.not(await pid(), second)
})

test('under `postern up`, the gateway that apply has put in place is watched and stopped like the first one', async (t) => {
  if (!nginxOrSkip(t)) return
  const folder = tempFolder('up-apply')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  const site = (who: string) => ({
    'postern.config.json': JSON.stringify({
      listen: [`127.0.0.1:${port}`],
      app: { kind: 'wsgi', file: 'app.py', python: '/usr/bin/python3', env: { WHO: who } },
    }),
  })
  writeFiles(folder, { ...site('first'), 'app.py': app })
  const up = startUp([], { cwd: folder })
  t.teardown(() => up.child.kill('SIGKILL'))
  await up.until(`http://127.0.0.1:${port}`)
  const text = async () => (await fetch(`http://127.0.0.1:${port}/`)).text()
  t.is(await text(), 'first')
  writeFiles(folder, site('second'))
  const quiet = { step: () => {}, warn: () => {} }
  t.is(await apply({ config: join(folder, 'postern.config.json'), lint: false }, quiet), 'applied')
  t.is(await text(), 'second')
  await up.until(/the gateway has been replaced by process \d+/)
  const heir = Number(/replaced by process (\d+)/.exec(up.said())?.[1])
  up.child.kill('SIGTERM')
  t.is(await up.ended, 0, up.said())
  // Gone, or nobody has read its exit code yet: process 1 of a container may not.
  const command = join('/proc', String(heir), 'cmdline')
  t.is(existsSync(command) ? readFileSync(command, 'utf8') : '', '')
})
