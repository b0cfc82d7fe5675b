// The worker's own tests are Python's unittest (test/python); this runs them and shows what fails.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'

const root = join(import.meta.dirname, '..', '..')
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'

type Run = { code: number; text: string }

const unittest = (module: string): Promise<Run> =>
  new Promise((resolve) => {
    execFile(
      python,
      ['-m', 'unittest', module],
      { cwd: join(root, 'test', 'python'), env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
      (error, _, stderr) => resolve({ code: error === null ? 0 : 1, text: stderr }),
    )
  })

for (const [module, claim] of [
  ['test_frames', 'a worker reads and writes the frames that the gateway reads and writes'],
  ['test_wsgi', 'a worker passes the conformance cases'],
  ['test_chaos', 'under give-back and cancelling at random every request ends once and runs at most once'],
  ['test_worker', 'worker processes pipeline, give back, cancel, drain and die as docs/wire.md says'],
  ['test_races', 'two threads read one lane, and neither waits for what the other has read'],
  ['test_load', 'applications are found, and what is missing is said'],
  ['test_files', 'files are sent, or handed to nginx, whole and only from where nginx may'],
] as const) {
  test(claim, async (t) => {
    const run = await unittest(module)
    if (run.code !== 0) t.log(run.text)
    t.is(run.code, 0, run.text.trim().split('\n').at(-1))
    t.regex(run.text, /Ran \d+ tests?/)
  })
}
