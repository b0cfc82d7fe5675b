// need-app = false: the gateway is there before its application is, and says so to whoever asks.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { startGateway } from '../../../gateway/index.ts'
import { countingApp, python, testLog } from '../../helpers/gateway.ts'
import { ask, tempFolder } from '../../helpers/nginx.ts'

test('need-app = false: 503 with a reason at once, and the application as soon as it loads', async (t) => {
  const folder = tempFolder('no-app')
  const [file, socket] = [join(folder, 'app.py'), join(folder, 's')]
  writeFileSync(file, 'import no_such_module')
  const log = testLog()
  const options = {
    socket: [socket],
    'wsgi-file': file,
    'run-dir': join(folder, 'r'),
    python,
    'need-app': false,
  }
  const starting = startGateway(options, { log })
  t.teardown(async () => {
    await (await starting).stop(2_000)
    rmSync(folder, { recursive: true, force: true })
  })
  await log.heard((one) => one.event === 'listening')
  // Asked before it is known that there is none: told as soon as it is.
  const early = await ask(socket, '/')
  t.is(early.status, 503)
  await log.heard((one) => one.event === 'application failed to load')
  const answer = await ask(socket, '/')
  t.is(answer.status, 503)
  t.truthy(answer.headers['retry-after'])
  t.regex(answer.text, /could not be loaded; the gateway's log says why/)
  t.notRegex(answer.text, /no_such_module/)
  t.is((await ask(socket, '/-/live')).status, 200)
  t.is((await ask(socket, '/-/ready')).status, 503)
  writeFileSync(file, countingApp)
  await starting
  t.is((await ask(socket, '/?1')).text, '1')
})
