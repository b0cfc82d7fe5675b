// The zstd command packs many files by few processes, each file on its own.
import { spawnSync } from 'node:child_process'
import { appendFileSync, chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { ZstdCommand } from '../../../generate/assets/zstd-command.ts'
import { tempFolder } from '../../helpers/nginx.ts'

const real = ['/usr/bin/zstd', '/usr/local/bin/zstd'].find(existsSync)

test('two hundred files are two hundred files again, by a few processes', async (t) => {
  if (real === undefined) return t.pass('skipped: there is no zstd command')
  const folder = tempFolder('zstd')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const counting = join(folder, 'zstd')
  writeFileSync(counting, `#!/bin/sh\necho >>${folder}/started\nexec ${real} "$@"\n`)
  chmodSync(counting, 0o755)
  const zstd = new ZstdCommand(counting, 12)
  const texts = Array.from({ length: 200 }, (_, index) => Buffer.from(`${index} `.repeat(index * 10)))
  const packed = await Promise.all(texts.map((text) => zstd.compress(text)))
  appendFileSync(join(folder, 'later'), await zstd.compress(Buffer.from('later')))
  t.is(readFileSync(join(folder, 'started'), 'utf8').length, 2)
  const all = spawnSync(real, ['-d', '-c'], { input: Buffer.concat(packed), maxBuffer: 1e8 }).stdout
  t.true(all.equals(Buffer.concat(texts)))
  t.is(spawnSync(real, ['-d', '-c'], { input: packed[7] as Buffer }).stdout.toString(), '7 '.repeat(70))
})

test('a command that fails is an error for those who asked, and for nobody after', async (t) => {
  const folder = tempFolder('zstd-fails')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const failing = join(folder, 'zstd')
  writeFileSync(
    failing,
    '#!/bin/sh\nfor one; do last=$one; done\n[ "$(cat "$last")" = bad ] && exit 3\ncp "$last" "$last.zst"\n',
  )
  chmodSync(failing, 0o755)
  const zstd = new ZstdCommand(failing, 12)
  await t.throwsAsync(zstd.compress(Buffer.from('bad')), { message: /zstd ended with 3/ })
  t.is(String(await zstd.compress(Buffer.from('good'))), 'good')
})
