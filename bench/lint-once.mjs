// One process of bench/lint.ts: `postern lint` of a file, twice, as bin/postern.mjs starts it. Prints what each run took, in
// milliseconds from the loaded program to the report; then what all threads and the main one computed in the first.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from '../bin/compiled.mjs'

const onMain = () =>
  process.platform === 'linux'
    ? Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]) / 1e6
    : Number.NaN

const { main } = load(join(import.meta.dirname, '../dist/quick.cjs'))
const argv = ['lint', '--quiet', '--nginx', '1.22.1', process.argv[2]]
const before = { at: performance.now(), main: onMain(), all: process.cpuUsage() }
const code = await main(argv)
const first = performance.now() - before.at
const mainThread = onMain() - before.main
const { user, system } = process.cpuUsage(before.all)
const again = performance.now()
await main(argv)
console.log(
  JSON.stringify({ code, first, mainThread, all: (user + system) / 1e3, again: performance.now() - again }),
)
