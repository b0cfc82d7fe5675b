// The command line as it is built: what only the bundle can get wrong (main.test.ts runs the source).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { root } from '../helpers/cli.ts'

const built = (...argv: string[]) =>
  spawnSync(process.execPath, [join(root, 'bin/postern.mjs'), ...argv], { cwd: root, encoding: 'utf8' })

test('the built command line names the nearest command', (t) => {
  const { status, stderr } = built('srve')
  t.regex(stderr, /did you mean 'postern serve'\?/)
  t.is(status, 2)
})
