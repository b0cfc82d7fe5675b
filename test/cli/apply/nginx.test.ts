// `nginx -t` under limits: a test that never ends or eats memory is ended and says so. The nginx there are small scripts.
// What a reload does to a pid file, with the real one.

import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { keepPidFile, masterOf, reloadNginx, testConf } from '../../../cli/apply/nginx.ts'
import { nginxBinary, nginxOrSkip, tempFolder } from '../../helpers/nginx.ts'

function program(t: ExecutionContext, text: string): string {
  const folder = tempFolder('fake-nginx')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'nginx')
  writeFileSync(path, text)
  chmodSync(path, 0o755)
  return path
}

const limits = { kilobytes: 200_000, ms: 5_000 }

test('what nginx says is handed on, silence is consent', async (t) => {
  const refuses = program(t, '#!/bin/sh\necho "nginx: [emerg] no such thing" >&2; exit 1\n')
  t.is(await testConf(refuses, undefined, 'x.conf', limits), 'nginx: [emerg] no such thing')
  t.is(await testConf(program(t, '#!/bin/sh\nexit 0\n'), undefined, 'x.conf', limits), undefined)
})

test('a test that does not end is ended', async (t) => {
  const hangs = program(t, '#!/bin/sh\ntrap "" TERM\nexec sleep 600\n')
  t.is(
    await testConf(hangs, undefined, 'x.conf', { ...limits, ms: 300 }),
    'nginx -t did not end within 0.3 s',
  )
})

test('a test that eats all memory gets no more than the limit', async (t) => {
  const eats = program(t, '#!/usr/bin/python3 -S\nx = []\nwhile True:\n    x.append(bytearray(10_000_000))\n')
  t.regex(
    (await testConf(eats, undefined, 'x.conf', limits)) ?? '',
    /MemoryError; nginx -t may use 200 MB of memory$/,
  )
  const dies = program(t, '#!/bin/sh\nkill -KILL $$\n')
  t.is(
    await testConf(dies, undefined, 'x.conf', limits),
    'nginx -t was ended by SIGKILL; nginx -t may use 200 MB of memory',
  )
})

test('a pid file that is written otherwise than before survives the reload', async (t) => {
  if (!nginxOrSkip(t)) return
  const folder = tempFolder('pid')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const absolute = join(folder, 'nginx.pid')
  const write = (pid: string) => {
    const http = `http { access_log off; server { listen unix:${folder}/s; } }`
    writeFileSync(join(folder, 'nginx.conf'), `pid ${pid}; error_log ${folder}/log;\nevents {}\n${http}\n`)
  }
  write('nginx.pid')
  const start = ['-p', '.', '-c', 'nginx.conf', '-e', join(folder, 'log')]
  t.is(spawnSync(nginxBinary as string, start, { cwd: folder, stdio: 'ignore' }).status, 0)
  const pid = (await masterOf(absolute)) as number
  t.teardown(() => process.kill(pid, 'SIGTERM'))
  write(absolute)
  t.is(await reloadNginx(pid, join(folder, 'log')), undefined)
  t.false(existsSync(absolute), 'what nginx does')
  await keepPidFile(pid, absolute)
  t.is(await masterOf(absolute), pid)
})
