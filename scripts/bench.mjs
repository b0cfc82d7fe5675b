// `npm run bench`: the servers that are compared, the load generator, a build, then bench/run.ts.

import { run } from './setup/install.mjs'
import { prepare, root } from './setup/machine.mjs'
import { neededForBench } from './setup/packages.mjs'

prepare(neededForBench)
// uWSGI and gunicorn come from Debian: the same interpreter runs postern's workers.
process.env.POSTERN_PYTHON ??= '/usr/bin/python3'
run(process.execPath, ['build.mjs'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
run(process.execPath, ['--import=tsx', 'bench/run.ts', ...process.argv.slice(2)], { cwd: root })
