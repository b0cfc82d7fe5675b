// out/edge.d.ts: an author's tsc knows the names of the site file.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { routeNames } from '../../../generate/njs/names.ts'

const root = join(import.meta.dirname, '../../..')

test('with out/edge.d.ts a name that the site file lacks is a type error; without it any text goes', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-names-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'out'))
  mkdirSync(join(folder, 'node_modules/postern/dist/types'), { recursive: true })
  symlinkSync(join(root, 'njs'), join(folder, 'node_modules/postern/dist/types/njs'))
  const exports = { './edge': { types: './dist/types/njs/edge.ts' } }
  writeFileSync(
    join(folder, 'node_modules/postern/package.json'),
    JSON.stringify({ name: 'postern', exports }),
  )
  writeFileSync(join(folder, 'out/edge.d.ts'), routeNames(['main', 'next', "it's"]))
  writeFileSync(
    join(folder, 'edge.ts'),
    `import type { RouteResult } from 'postern/edge'
export const right = (): RouteResult => ({ to: 'next' })
export const wrong = (): RouteResult => ({ to: 'nxt' })
`,
  )
  const config = (include: string[]): string =>
    JSON.stringify({
      extends: join(root, 'njs/edge.tsconfig.json'),
      compilerOptions: { preserveSymlinks: true },
      include,
    })
  writeFileSync(join(folder, 'with.json'), config(['edge.ts', 'out/edge.d.ts']))
  writeFileSync(join(folder, 'without.json'), config(['edge.ts']))
  const check = (name: string): string =>
    spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(folder, name)], {
      encoding: 'utf8',
    }).stdout
  t.is(check('without.json'), '')
  t.regex(check('with.json'), /^[^\n]*edge\.ts\(3,44\): error TS\d+: Type '"nxt"' is not assignable[^\n]*\n$/)
})

const levels: [string, string, number][] = [
  ['edge.tsconfig.json', 'the oldest engine', 4],
  ['edge.njs-0.8.tsconfig.json', 'njs 0.8', 2],
  ['edge.njs-1.0.tsconfig.json', 'njs 1.0', 0],
]
for (const [config, engine, errors] of levels) {
  test(`an author's tsc knows what ${engine} has`, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'postern-levels-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(
      join(folder, 'edge.ts'),
      `export const eight = [new Headers(), 'a'.replaceAll('a', 'b')]
export const one = [Object.hasOwn({}, 'a'), Promise.resolve(1).finally(() => undefined)]
export const all = [ngx.INFO, 'a'.padStart(2), [1].includes(1)]
`,
    )
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'njs', config), include: ['edge.ts'] }),
    )
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder],
      { encoding: 'utf8' },
    )
    t.is(stdout.split('error TS').length - 1, errors, stdout)
  })
}
