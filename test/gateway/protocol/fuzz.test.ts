// A short run of the fuzzer, always the same inputs; long runs are recorded in docs/decisions/0003-fuzzing.md.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { program } from '../../helpers/program.ts'

test('three thousand mutated inputs make no fault', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [program('scripts/fuzz.ts'), '3000', '4'])
  t.regex(stdout, /^3000 inputs, seed 4: no fault/)
})
