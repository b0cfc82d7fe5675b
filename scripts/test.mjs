// `npm test`: everything a fresh machine lacks, the build, the checks, all tests.

import { spawn } from 'node:child_process'
import { run } from './setup/install.mjs'
import { prepare, root } from './setup/machine.mjs'
import { neededForTests, pythonWith } from './setup/packages.mjs'

prepare(neededForTests)
process.env.POSTERN_PYTHON = pythonWith('django')
run(process.execPath, ['examples/mysite/prepare.mjs'], { cwd: root })
run(process.execPath, ['build.mjs'], { cwd: root })
run('npm', ['run', '--silent', 'check'], { cwd: root })

const color = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
const tests = spawn('npx', ['--no-install', 'ava', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, ...color },
})
let tail = ''
let ticks = 0
tests.stdout.on('data', (chunk) => {
  process.stdout.write(chunk)
  tail = (tail + chunk).slice(-4000)
  ticks += String(chunk).split('✔').length - 1
})
tests.on('close', (code) => {
  const count = (word) =>
    Number(
      tail.match(new RegExp(`(\\d+) (?:tests?|uncaught exceptions?|unhandled rejections?) ${word}`))?.[1] ??
        0,
    )
  // One plain line that any CI can read, whatever the runner's own summary looks like.
  // When something fails, ava's own summary leaves out how many passed.
  console.log(`${count('passed') || ticks} passed, ${count('failed')} failed`)
  process.exit(code ?? 70)
})
