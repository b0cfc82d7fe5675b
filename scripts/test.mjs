// `npm test`: everything a fresh machine lacks, the build, the checks, all tests.

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { ensurePackages, run } from './setup/install.mjs'
import { checkNode, ensureDependencies } from './setup/npm.mjs'
import { neededForTests, pythonWith, searchPath } from './setup/packages.mjs'

const root = join(import.meta.dirname, '..')
process.env.PATH = searchPath.join(':')

checkNode()
ensurePackages(neededForTests)
ensureDependencies(root)
process.env.POSTERN_PYTHON = pythonWith('django')
run(process.execPath, ['examples/mysite/prepare.mjs'], { cwd: root })
run(process.execPath, ['build.mjs'], { cwd: root })
run('npm', ['run', '--silent', 'check'], { cwd: root })

const tests = spawnSync('npx', ['--no-install', 'ava', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(tests.status ?? 70)
