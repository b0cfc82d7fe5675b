import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { manifestName, writeOut } from '../../generate/write.ts'

function folder(t: { teardown(f: () => void): void }): string {
  const path = mkdtempSync(join(tmpdir(), 'postern-write-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('writes files and folders, and no more than that', async (t) => {
  const out = join(folder(t), 'out')
  const written = await writeOut(
    out,
    new Map([
      ['a.conf', 'one'],
      ['njs/b.js', 'two'],
    ]),
  )
  t.deepEqual(written, { changed: ['a.conf', 'njs/b.js'], removed: [], unchanged: 0 })
  t.deepEqual(readdirSync(out, { recursive: true }).sort(), [manifestName, 'a.conf', 'njs', 'njs/b.js'])
})

test('a file that has not changed keeps its time', async (t) => {
  const out = folder(t)
  const files = new Map([
    ['a', 'same'],
    ['b', 'old'],
  ])
  await writeOut(out, files)
  utimesSync(join(out, 'a'), 1, 1)
  t.deepEqual(
    await writeOut(
      out,
      new Map([
        ['a', 'same'],
        ['b', 'new'],
      ]),
    ),
    { changed: ['b'], removed: [], unchanged: 1 },
  )
  t.is(statSync(join(out, 'a')).mtimeMs, 1000)
})

test('what an earlier build wrote and this one does not is removed; what others put there stays', async (t) => {
  const out = folder(t)
  await writeOut(
    out,
    new Map([
      ['a', '1'],
      ['njs/old.js', '2'],
    ]),
  )
  writeFileSync(join(out, 'mine.txt'), 'mine')
  const { removed } = await writeOut(out, new Map([['a', '1']]))
  t.deepEqual(removed, ['njs/old.js'])
  t.deepEqual(readdirSync(out).sort(), [manifestName, 'a', 'mine.txt'])
})

test('a folder with other things in it is refused and left as it is', async (t) => {
  const out = folder(t)
  writeFileSync(join(out, 'thesis.txt'), 'years of work')
  await t.throwsAsync(writeOut(out, new Map([['thesis.txt', 'x']])), { code: 'GENERATE_NOT_OURS' })
  t.is(readFileSync(join(out, 'thesis.txt'), 'utf8'), 'years of work')
})

test('a build that cannot write a file changes none', async (t) => {
  const out = folder(t)
  await writeOut(
    out,
    new Map([
      ['a', 'old'],
      ['b', 'old'],
    ]),
  )
  const bad = new Map<string, string>([
    ['a', 'new'],
    ['b', 42 as unknown as string],
  ])
  await t.throwsAsync(writeOut(out, bad))
  t.is(readFileSync(join(out, 'a'), 'utf8'), 'old')
  t.false(readdirSync(out).some((name) => name.startsWith('.stage')))
})

test('a list of files that points outside is not followed', async (t) => {
  const parent = folder(t)
  const out = join(parent, 'out')
  await writeOut(out, new Map([['a', '1']]))
  writeFileSync(join(parent, 'victim'), 'x')
  writeFileSync(join(out, manifestName), JSON.stringify(['a', '../victim', join(parent, 'victim')]))
  await writeOut(out, new Map([['a', '2']]))
  t.true(existsSync(join(parent, 'victim')))
})
