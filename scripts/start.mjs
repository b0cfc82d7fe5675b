// `npm start`: everything a fresh machine lacks, then the demo site behind nginx, in the foreground.

import { run } from './setup/install.mjs'
import { prepare, root } from './setup/machine.mjs'
import { needed, pythonWith } from './setup/packages.mjs'

prepare(needed)
process.env.POSTERN_PYTHON = pythonWith('django')
run(process.execPath, ['examples/mysite/prepare.mjs'], { cwd: root })
run(process.execPath, ['build.mjs', '--no-site'], { cwd: root })

// In this very process: one Ctrl-C, one program that tidies up.
process.chdir(root)
process.argv.splice(2, 0, 'up', '--config', 'examples/mysite/postern.config.ts', '--out', 'out')
await import('../bin/postern.mjs')
