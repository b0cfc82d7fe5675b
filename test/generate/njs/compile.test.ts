// What comes out of the compiler runs in njs and does what it did in Node.

import { join } from 'node:path'
import test from 'ava'
import { compileNjs } from '../../../generate/njs/compile.ts'
import { literal } from '../../../generate/njs/tables.ts'
import { fixtures, njsOrSkip, runNjs } from '../../helpers/njs.ts'

const name = 'modern'
const language = join(fixtures, `njs-language/${name}.ts`)

test('modern syntax prints in njs what it prints in Node', async (t) => {
  if (!njsOrSkip(t)) return
  const code = `import m from ${JSON.stringify(language)}
    export default { run() { return m.run((line) => console.log(line)) } }`
  const made = await compileNjs({
    entries: [{ name: 'cases', code, resolveDir: fixtures }],
    target: 'njs-0.8',
    engine: false,
  })
  t.deepEqual(made.problems, [])
  const { default: modern } = (await import(`../../fixtures/njs-language/${name}.ts`)) as {
    default: { run(print: (line: string) => void): Promise<void> }
  }
  const lines: string[] = []
  await modern.run((line) => lines.push(line))
  t.deepEqual(
    runNjs(made.files.get('cases.js') as string)
      .trimEnd()
      .split('\n'),
    lines,
  )
})

test('a table becomes code with its patterns as literals', (t) => {
  t.is(
    literal({ matches: '^/a/(\\d+)$', is: ['x"y'], gone: undefined, deep: { n: 1 } }),
    '{"matches":/^\\/a\\/(\\d+)$/,"is":["x\\"y"],"deep":{"n":1}}',
  )
})

test('a script without an njs command is built and says that nothing proved it', async (t) => {
  const made = await compileNjs({
    entries: [{ name: 'x', code: 'export default { a() { return 1 } }', resolveDir: fixtures }],
    target: 'njs-0.7',
    engine: '/nowhere/njs',
  })
  t.is(made.provenBy, undefined)
  t.true(made.files.get('x.js')?.endsWith('export default x_default;'))
})

test('named and namespace imports of built-in modules work', async (t) => {
  if (!njsOrSkip(t)) return
  const code = `import { createHash } from 'node:crypto'
    import * as qs from 'querystring'
    export default { run() { console.log(createHash('md5').update('a').digest('hex') + qs.parse('a=b').a) } }`
  const made = await compileNjs({
    entries: [{ name: 'cases', code, resolveDir: fixtures }],
    target: 'njs-0.8',
    engine: false,
  })
  t.deepEqual(made.problems, [])
  t.is(runNjs(made.files.get('cases.js') as string), '0cc175b9c0f1b6a831c399e269772661b\n')
})

test('console writes to nginx’s error log on engines that have none', async (t) => {
  const made = await compileNjs({
    entries: [
      { name: 'x', code: 'export default { a() { console.warn("x", {a: 1}) } }', resolveDir: fixtures },
    ],
    target: 'njs-0.7',
    engine: false,
  })
  t.deepEqual(made.problems, [])
  t.regex(made.files.get('x.js') as string, /ngx\.log/)
})

test('a top level may use the constants of ngx', async (t) => {
  if (!njsOrSkip(t)) return
  const code = 'const level = ngx.ERR; export default { a() { return level } }'
  const made = await compileNjs({ entries: [{ name: 'x', code, resolveDir: fixtures }], target: 'njs-0.7' })
  t.deepEqual(made.problems, [])
  t.regex(made.provenBy as string, /^njs \d/)
})

test('a script that the engine refuses is a problem, not a crash', async (t) => {
  if (!njsOrSkip(t)) return
  const code = 'const broken = undefined as unknown as { a: { b: 1 } }; export default { x: broken.a.b }'
  const made = await compileNjs({ entries: [{ name: 'x', code, resolveDir: fixtures }], target: 'njs-0.7' })
  t.deepEqual([made.files.size, made.problems[0]?.rule, made.problems[0]?.severity], [0, 'engine', 'error'])
})
