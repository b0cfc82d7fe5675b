// Marker fixtures: `// <- rule` says where a finding must be, and that there is no other.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { compileNjs } from '../../../generate/njs/compile.ts'
import { fixtures } from '../../helpers/njs.ts'

const folder = join(fixtures, 'edge-problems')

for (const name of readdirSync(folder)) {
  test(`${name}: every marked line is found, and no other`, async (t) => {
    const path = join(folder, name)
    const made = await compileNjs({ entries: [{ name: 'edge', path }], target: 'njs-0.7', engine: false })
    const marked = readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((text, index) => {
        const rule = /\/\/ <- (\S+)$/.exec(text)?.[1]
        return rule ? [`${index + 1} ${rule}`] : []
      })
    const found = new Set(made.problems.map((problem) => `${problem.line} ${problem.rule}`))
    t.deepEqual([...found], marked)
    t.true(made.problems.every((problem) => problem.file === path && problem.column > 0))
    t.is(made.files.size, 0)
  })
}

test('a newer engine gets by with fewer complaints', async (t) => {
  const path = join(folder, 'names.ts')
  const rules = async (target: 'njs-0.7' | 'njs-1.0') => {
    const made = await compileNjs({ entries: [{ name: 'edge', path }], target, engine: false })
    return made.problems.filter((problem) => /Headers|replaceAll/.test(problem.message)).length
  }
  t.is(await rules('njs-0.7'), 2)
  t.is(await rules('njs-1.0'), 0)
})

test('a problem says what, where and what to do', async (t) => {
  const path = join(folder, 'names.ts')
  const made = await compileNjs({ entries: [{ name: 'edge', path }], target: 'njs-0.7', engine: false })
  t.deepEqual(made.problems[0], {
    severity: 'error',
    rule: 'free-name',
    message: 'Map does not exist in njs 0.7',
    hint: 'use an object made by Object.create(null)',
    file: path,
    line: 3,
    column: 20,
  })
})

test('CommonJS is looked into as well: its top level is a module’s', async (t) => {
  const code = "import count from './cjs/counter.cjs'; export default { a() { return count() } }"
  const made = await compileNjs({
    entries: [{ name: 'x', code, resolveDir: fixtures }],
    target: 'njs-0.7',
    engine: false,
  })
  t.deepEqual(
    made.problems.map((one) => `${one.file} ${one.line} ${one.rule}`),
    [`${join(fixtures, 'cjs/counter.cjs')} 5 module-state`],
  )
})

test('names of routes that the site file lacks are found in what route() answers, and nowhere else', async (t) => {
  const path = join(fixtures, 'edge-names.ts')
  const made = await compileNjs({
    entries: [
      { name: 'edge', code: `export { route as default } from './edge-names.ts'`, resolveDir: fixtures },
    ],
    target: 'njs-0.7',
    engine: false,
    names: ['main', 'next'],
  })
  const marked = readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((text, index) => (text.endsWith('// <- unknown-name') ? [index + 1] : []))
  t.deepEqual(
    made.problems.map(({ line, rule, file }) => [file, line, rule]),
    marked.map((line) => [path, line, 'unknown-name']),
  )
  t.is(made.problems[0]?.hint, 'did you mean "next"?')
  t.is(made.problems[1]?.hint, 'it has main, next')
})
