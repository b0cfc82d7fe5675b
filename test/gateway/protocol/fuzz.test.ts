// A short run of the fuzzer, always the same inputs; long runs are recorded in docs/decisions/0003-fuzzing.md.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

test('three thousand mutated inputs make no fault', async (t) => {
  const script = join(import.meta.dirname, '../../../scripts/fuzz.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--import=tsx', script, '3000', '4'])
  t.regex(stdout, /^3000 inputs, seed 4: no fault/)
})
