// `nginx -t` under limits: a test that never ends or eats memory is ended and says so. The nginx here are small scripts.

import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { testConf } from '../../../cli/apply/nginx.ts'
import { tempFolder } from '../../helpers/nginx.ts'

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
