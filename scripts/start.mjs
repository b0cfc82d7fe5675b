// `npm start`: everything a fresh machine lacks, then the demo site behind nginx, in the foreground.

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensurePackages, run } from './setup/install.mjs'
import { checkNode, ensureDependencies } from './setup/npm.mjs'
import { needed, pythonWith, searchPath } from './setup/packages.mjs'

const root = join(import.meta.dirname, '..')
process.env.PATH = searchPath.join(':')

checkNode()
ensurePackages(needed)
ensureDependencies(root)
process.env.POSTERN_PYTHON = pythonWith('django')
run(process.execPath, ['examples/mysite/prepare.mjs'], { cwd: root })
run(process.execPath, ['build.mjs'], { cwd: root })

// The terminal sends Ctrl-C to the whole group; this process only waits for the one that tidies up.
const up = spawn(
  process.execPath,
  ['bin/postern.mjs', 'up', '--config', 'examples/mysite/postern.config.ts', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
  },
)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && up.kill(signal))
up.on('exit', (code, signal) => process.exit(code ?? (signal ? 70 : 0)))
