import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { exitCodes } from '../../cli/exit-codes.ts'
import { commands } from '../../cli/registry.ts'
import { type Ran, root, runLines } from '../helpers/cli.ts'

const names = Object.keys(commands)
const lines: string[][] = [
  ['--version'],
  ['--help'],
  [],
  ['srve'],
  ['xyzzyplugh'],
  ['lint', '--jsn'],
  ['help', 'chek'],
  ['help', '--help'],
  ['check', 'none.ini', '--json'],
  ['--htp', ':80'],
  ...names.map((name) => [name, '--help']),
  ...names.map((name) => ['help', name]),
]
const ran = new Map<string, Ran>()

/** What that line of the list above did. */
const postern = (...argv: string[]): Ran => ran.get(JSON.stringify(argv)) as Ran

test.before(() => {
  for (const [index, result] of runLines(lines).entries()) ran.set(JSON.stringify(lines[index]), result)
})

test('--version prints the version of package.json', (t) => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  t.like(postern('--version'), { code: 0, out: `postern ${version}\n` })
})

test('--help names every command and every exit code', (t) => {
  const { code, out } = postern('--help')
  t.is(code, 0)
  for (const name of names) t.regex(out, new RegExp(`^ {2}${name} `, 'm'))
  for (const exit of Object.keys(exitCodes)) t.regex(out, new RegExp(`^ +${exit} {2}`, 'm'))
})

test('the help begins with what a newcomer types, by groups', (t) => {
  const { out } = postern('--help')
  t.regex(out, /^A site:\n {2}init .*\n {2}up .*\n {2}build /m)
  t.regex(out, /^From uWSGI:\n {2}check .*\n {2}migrate /m)
  t.regex(out, /^Examples:\n {2}postern init && postern up /m)
})

test('help on help is the help', (t) => {
  t.deepEqual(postern('help', '--help'), postern('--help'))
})

test('no arguments at all print the help and exit 2', (t) => {
  const { code, out } = postern()
  t.is(code, 2)
  t.regex(out, /Usage:/)
})

test('an unknown command exits 2 and names the nearest', (t) => {
  const { code, err } = postern('srve')
  t.is(code, 2)
  t.regex(err, /no command or file named 'srve'/)
  t.regex(err, /did you mean 'postern serve'\?/)
  t.regex(err, /CLI_UNKNOWN_COMMAND/)
  t.false(err.includes('\u001b'))
  t.is(postern('help', 'chek').code, 2)
})

test('a word that resembles no command gets no guess', (t) => {
  const { code, err } = postern('xyzzyplugh')
  t.is(code, 2)
  t.notRegex(err, /did you mean/)
})

test('an unknown option of a command exits 2 and names the nearest', (t) => {
  const { code, err } = postern('lint', '--jsn')
  t.is(code, 2)
  t.regex(err, /unknown option '--jsn'\n {2}hint: did you mean --json\?/i)
})

test('an unknown option without a command is looked for among uWSGI’s', (t) => {
  const { code, err } = postern('--htp', ':80')
  t.is(code, 2)
  t.regex(err, /there is no option '--htp'\n {2}hint: did you mean '--http'/)
})

test('with --json an error is one object', (t) => {
  const { code, err } = postern('check', 'none.ini', '--json')
  t.is(code, 2)
  t.is(JSON.parse(err).error.code, 'UWSGI_FILE_MISSING')
})

for (const name of names) {
  test(`${name} --help shows examples and exits 0`, (t) => {
    const { code, out } = postern(name, '--help')
    t.is(code, 0)
    t.regex(out, new RegExp(`Usage: postern ${name}`))
    t.regex(out, /Examples:\n {2}postern /)
    t.is(postern('help', name).out, out)
  })
}
