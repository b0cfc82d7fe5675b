import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exitCodes } from '../../cli/exit-codes.ts'
import { commands } from '../../cli/registry.ts'

const root = join(import.meta.dirname, '../..')

type Ran = { code: number; out: string; err: string }

const postern = (...args: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--import=tsx', join(root, 'cli/run.ts'), ...args],
      { cwd: root, env: { PATH: process.env.PATH } },
      (_, out, err) => resolve({ code: child.exitCode ?? -1, out, err }),
    )
  })

test('--version prints the version of package.json', async (t) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { code, out } = await postern('--version')
  t.is(out, `postern ${version}\n`)
  t.is(code, 0)
})

test('--help names every command and every exit code', async (t) => {
  const { code, out } = await postern('--help')
  t.is(code, 0)
  for (const name of Object.keys(commands)) t.regex(out, new RegExp(`^ {2}${name} `, 'm'))
  for (const exit of Object.keys(exitCodes)) t.regex(out, new RegExp(`^ +${exit} {2}`, 'm'))
})

test('no arguments at all print the help and exit 2', async (t) => {
  const { code, out } = await postern()
  t.is(code, 2)
  t.regex(out, /Usage:/)
})

test('an unknown command exits 2 and names the nearest', async (t) => {
  const { code, err } = await postern('srve')
  t.is(code, 2)
  t.regex(err, /no command or file named 'srve'/)
  t.regex(err, /did you mean 'postern serve'\?/)
  t.regex(err, /CLI_UNKNOWN_COMMAND/)
})

test('a word that resembles no command gets no guess', async (t) => {
  const { code, err } = await postern('xyzzyplugh')
  t.is(code, 2)
  t.notRegex(err, /did you mean/)
})

test('output is plain when it is not a terminal', async (t) => {
  const { err } = await postern('srve')
  t.false(err.includes('\u001b'))
})

for (const name of Object.keys(commands)) {
  test(`${name} --help shows examples and exits 0`, async (t) => {
    const { code, out } = await postern(name, '--help')
    t.is(code, 0)
    t.regex(out, new RegExp(`Usage: postern ${name}`))
    t.regex(out, /Examples:\n {2}postern /)
  })
}

test('docs/exit-codes.md has the table of the program', (t) => {
  const page = readFileSync(join(root, 'docs/exit-codes.md'), 'utf8')
  for (const [code, what] of Object.entries(exitCodes)) t.true(page.includes(`| ${code} | ${what} |`))
})
