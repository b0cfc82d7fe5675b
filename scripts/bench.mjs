// `npm run bench`: the servers that are compared, the load generator, a build, then bench/run.ts.

import { join } from 'node:path'
import { ensurePackages, run } from './setup/install.mjs'
import { checkNode, ensureDependencies } from './setup/npm.mjs'
import { neededForBench, searchPath } from './setup/packages.mjs'

const root = join(import.meta.dirname, '..')
process.env.PATH = searchPath.join(':')

checkNode()
ensurePackages(neededForBench)
ensureDependencies(root)
// uWSGI and gunicorn come from Debian: the same interpreter runs postern's workers.
process.env.POSTERN_PYTHON ??= '/usr/bin/python3'
run(process.execPath, ['build.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
run(process.execPath, ['--import=tsx', 'bench/run.ts', ...process.argv.slice(2)], { cwd: root })
