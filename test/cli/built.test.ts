// The command line as it is built: what only the bundle can get wrong (main.test.ts runs the source).
import { spawnSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/nginx.ts'

const built = (...argv: string[]) =>
  spawnSync(process.execPath, [join(root, 'bin/postern.mjs'), ...argv], { cwd: root, encoding: 'utf8' })

test('the built command line names the nearest command', (t) => {
  const { status, stderr } = built('srve')
  t.regex(stderr, /did you mean 'postern serve'\?/)
  t.is(status, 2)
})

test('the built gateway knows its version, without a package around it', (t) => {
  const folder = tempFolder('built')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  copyFileSync(join(root, 'dist/gateway.mjs'), join(folder, 'gateway.mjs'))
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { stdout } = spawnSync(process.execPath, ['gateway.mjs', '--version'], {
    cwd: folder,
    encoding: 'utf8',
  })
  t.true(stdout.includes(version), stdout)
})

test('every bundle has the version in it', (t) => {
  const chunks = join(root, 'dist/chunks')
  const bundles = [join(root, 'dist/gateway.mjs'), ...readdirSync(chunks).map((name) => join(chunks, name))]
  const texts = bundles.map((path) => readFileSync(path, 'utf8'))
  t.true(texts.some((text) => text.includes('// gateway/version.ts')))
  for (const [index, text] of texts.entries())
    t.false(text.includes('typeof POSTERN_VERSION'), bundles[index])
})
