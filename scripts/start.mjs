// `npm start`: everything a fresh machine lacks, then the demo site behind nginx, in the foreground.

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
run(process.execPath, ['build.mjs', '--no-site'], { cwd: root })

// In this very process: one Ctrl-C, one program that tidies up.
process.chdir(root)
process.argv.splice(2, 0, 'up', '--config', 'examples/mysite/postern.config.ts', '--out', 'out')
await import('../bin/postern.mjs')
