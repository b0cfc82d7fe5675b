// Lint: 1,000 and 10,000 lines after start, and the start itself. `npx tsx bench/lint.ts`; start-up needs dist/ (npm run build).
// Bars (issue 7): 50 ms, 400 ms, 150 ms. Prints the first run in a fresh process and the median of the later ones.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfText } from '../conf/include.ts'
import { lintConf } from '../lint/lint.ts'
import { nginxTest } from '../lint/nginx-test.ts'
import { rules } from '../lint/rules.generated.ts'

const root = join(import.meta.dirname, '..')
const base = readFileSync(join(root, 'test/fixtures/conf/lint/django-good.conf'), 'utf8')
const reader = { read: () => undefined, list: () => [] }
const ROUNDS = 9

/** The last server of the fixture again and again, each with a name and an upstream of its own. */
function configuration(lines: number): string {
  const server = base.slice(base.lastIndexOf('    server {'), base.lastIndexOf('}'))
  let text = base.slice(0, base.lastIndexOf('}'))
  for (let i = 0; text.split('\n').length < lines; i++)
    text += server.replaceAll('example.com', `site${i}.example.com`)
  return `${text}}\n`
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? 0

for (const lines of [1000, 10_000]) {
  const text = configuration(lines)
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now()
    const { findings } = lintConf(loadConfText(text, 'bench.conf', reader), rules, {
      nginx: '1.22.1',
      nginxTest: nginxTest('1.22.1', undefined),
    })
    times.push(performance.now() - started)
    if (findings.length > 0) throw new Error(`the bench configuration has findings: ${findings[0]?.message}`)
  }
  const [first = 0, ...later] = times
  console.log(
    `${text.split('\n').length} lines: first ${first.toFixed(0)} ms, then ${median(later).toFixed(0)} ms`,
  )
}

const cli = join(root, 'bin/postern.mjs')
if (existsSync(join(root, 'dist/cli.mjs'))) {
  const path = join(root, 'test/fixtures/conf/lint/django-good.conf')
  const times = (argv: string[]): number =>
    median(
      Array.from({ length: ROUNDS }, () => {
        const started = performance.now()
        spawnSync(process.execPath, argv)
        return performance.now() - started
      }),
    )
  const node = times(['-e', '0'])
  console.log(
    `start and lint of 130 lines: ${times([cli, 'lint', '--nginx', '1.22.1', path]).toFixed(0)} ms, of which node itself ${node.toFixed(0)} ms`,
  )
} else console.log('start-up: no dist/, npm run build first')
