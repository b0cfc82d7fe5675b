// Lint: 1,000 and 10,000 lines after start, and the start itself, of the built program in fresh processes (npm run build
// first). `npx tsx bench/lint.ts`. Bars (issue 7): 50 ms, 400 ms, 150 ms. Prints medians.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const fixture = join(root, 'test/fixtures/conf/lint/django-good.conf')
const base = readFileSync(fixture, 'utf8')
const ROUNDS = 15

/** The last server of the fixture again and again, each with a name and an upstream of its own. */
function configuration(lines: number): string {
  const server = base.slice(base.lastIndexOf('    server {'), base.lastIndexOf('}'))
  let text = base.slice(0, base.lastIndexOf('}'))
  for (let i = 0; text.split('\n').length < lines; i++)
    text += server.replaceAll('example.com', `site${i}.example.com`)
  return `${text}}\n`
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

type Once = { code: number; first: number; mainThread: number; all: number; again: number }

function once(path: string): Once {
  const { stdout, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'lint-once.mjs'), path], {
    encoding: 'utf8',
  })
  const found: Once = stdout === '' ? { code: 70 } : JSON.parse(stdout)
  if (found.code !== 0)
    throw new Error(`the bench configuration has findings, or is not built: ${stdout}${stderr}`)
  return found
}

function started(argv: string[]): number {
  const at = performance.now()
  spawnSync(process.execPath, argv)
  return performance.now() - at
}

const folder = mkdtempSync(join(tmpdir(), 'postern-bench-'))
try {
  for (const lines of [1000, 10_000]) {
    const path = join(folder, `${lines}.conf`)
    const text = configuration(lines)
    writeFileSync(path, text)
    const runs = Array.from({ length: ROUNDS }, () => once(path))
    const of = (what: keyof Once): string => median(runs.map((run) => run[what])).toFixed(0)
    console.log(
      `${text.split('\n').length} lines: first ${of('first')} ms (main thread ${of('mainThread')} ms, all threads ${of('all')} ms of processor time), then ${of('again')} ms`,
    )
  }
  const cli = join(root, 'bin/postern.mjs')
  const starts = Array.from({ length: ROUNDS }, () => ({
    node: started(['-e', '0']),
    lint: started([cli, 'lint', '--nginx', '1.22.1', fixture]),
  }))
  const [lint, node] = [starts.map((one) => one.lint), starts.map((one) => one.node)].map(median)
  console.log(
    `start and lint of 130 lines: ${lint?.toFixed(0)} ms, of which node itself ${node?.toFixed(0)} ms`,
  )
} finally {
  rmSync(folder, { recursive: true })
}
