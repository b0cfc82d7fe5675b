#!/usr/bin/env node
// Starts the built command line. Says so, in one sentence, when there is nothing built.

import { existsSync } from 'node:fs'
import { join } from 'node:path'

const cli = join(import.meta.dirname, '../dist/cli.mjs')
if (existsSync(cli)) {
  const { run } = await import(cli)
  await run()
} else {
  console.error('postern: not built yet. Run `npm install && npm run build` in the folder of this package.')
  process.exitCode = 70
}
