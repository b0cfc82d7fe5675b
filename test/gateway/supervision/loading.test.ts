// What the log and the error say when an application does not load: all of it, in one place.

import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { PosternError } from '../../../errors.ts'
import { startGateway } from '../../../gateway/index.ts'
import { python, type Said, testLog } from '../../helpers/gateway.ts'
import { tempFolder } from '../../helpers/nginx.ts'

async function failToStart(t: ExecutionContext, text: string, options = {}) {
  const folder = tempFolder('loading')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'app.py'), text)
  const log = testLog()
  const starting = startGateway(
    {
      socket: [join(folder, 's')],
      module: 'app',
      chdir: folder,
      'run-dir': join(folder, 'r'),
      python,
      ...options,
    },
    { log },
  )
  const error = (await t.throwsAsync(starting)) as PosternError
  const said = log.said.find((one) => one.event === 'application failed to load') as Said
  return { folder, error, log, said }
}

test('an import error comes with traceback, sys.path and the same hint at both ends', async (t) => {
  const { folder, error, said } = await failToStart(t, 'import no_such_module')
  t.is(error.code, 'APP_NOT_LOADED')
  t.is(error.exitCode, 4)
  t.regex(error.hint ?? '', /has no module no_such_module/)
  t.is(said.facts.hint, error.hint)
  t.regex(said.text ?? '', /app\.py", line 1, in <module>.*ModuleNotFoundError.*sys\.path of app:\n/s)
  t.true(said.text?.includes(`\n  ${folder}\n`))
})

test('another exception comes without sys.path', async (t) => {
  const { said } = await failToStart(t, 'raise RuntimeError("no")')
  t.notRegex(said.text ?? '', /sys\.path/)
})

test('an import that hangs is given up after boot-timeout, and says where it hangs', async (t) => {
  const { error, log } = await failToStart(t, 'import time\ntime.sleep(1000)', { 'boot-timeout': 1 })
  t.is(error.code, 'WORKER_NOT_BOOTED')
  t.regex(error.message, /not loaded within boot-timeout = 1 s/)
  t.regex(error.hint ?? '', /stacks above/)
  t.regex(log.printed, /app\.py", line 2 in <module>/)
})

test('an import that hangs in a worker of its own says where it hangs, too', async (t) => {
  const options = { 'boot-timeout': 1, preload: 'off' }
  const { error, log } = await failToStart(t, 'import time\ntime.sleep(1000)', options)
  t.regex(error.message, /not loaded within boot-timeout/)
  t.regex(error.hint ?? '', /stacks above/)
  t.regex(log.printed, /app\.py", line 2 in <module>/)
})

test('a module that kills the interpreter while it is imported leaves its stack', async (t) => {
  const { error, log } = await failToStart(t, 'import os\nos.abort()')
  t.is(error.code, 'WORKER_NOT_BOOTED')
  t.regex(error.message, /SIGABRT/)
  t.regex(log.printed, /app\.py", line 2 in <module>/)
})
