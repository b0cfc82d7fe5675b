#!/usr/bin/env node
// Starts the built command line. Says so, in one sentence, when there is nothing built.

import { existsSync } from 'node:fs'
import module from 'node:module'
import { join } from 'node:path'

// From Node.js 22.8 on: what was compiled once is not compiled again. Not in /tmp, where others could have put theirs.
const caches = process.env.XDG_CACHE_HOME || (process.env.HOME && join(process.env.HOME, '.cache'))
if (caches && !process.env.NODE_COMPILE_CACHE)
  module.enableCompileCache?.(join(caches, 'postern', 'compiled'))

const dist = join(import.meta.dirname, '../dist')
const cli = join(dist, 'cli.mjs')
const quick = join(dist, 'quick.cjs') // the commands of cli/quick.ts
if (['lint', 'fmt', 'parse'].includes(process.argv[2]) && existsSync(quick)) {
  const { load } = await import('./compiled.mjs')
  await load(quick).run()
} else if (existsSync(cli)) {
  const { run } = await import(cli)
  await run()
} else {
  console.error('postern: not built yet. Run `npm install && npm run build` in the folder of this package.')
  process.exitCode = 70
}
