// Whatever stands in a file or on a command line: a configuration or a PosternError, never anything else, never for long.
import test from 'ava'
import fc from 'fast-check'
import { PosternError } from '../../errors.ts'
import { maxIncludeDepth, maxValueLength, type World } from '../../uwsgi/entry.ts'
import { calculate } from '../../uwsgi/expand.ts'
import { fateOf } from '../../uwsgi/fates.ts'
import { optionNames } from '../../uwsgi/option-names.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'

const machine = realWorld('/srv', { HOME: '/root' })

const world = (text: string): World => ({
  ...machine,
  readFile: (path) => (path.startsWith('a.') ? text : 'one\ntwo\n'),
  glob: () => ['x', 'y'],
  runCommand: () => 'ran',
})

function survives(argv: string[], text: string): void {
  try {
    translate(readConfiguration(argv, world(text)), '/srv')
  } catch (error) {
    if (!(error instanceof PosternError)) throw error
    if (error.exitCode !== 2) throw error
  }
}

const names = [...optionNames.keys()]
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...names) },
  fc.constantFrom('base', 'a', 'b', ''),
)
const fragment = fc.constantFrom(
  '%(a)',
  '%(b',
  ')',
  '%(a + 1)',
  '%((a) * 2)',
  '$(HOME)',
  '$(NOPE)',
  '$(NOPE:-x)',
  '@(list)',
  '@(exec://x)',
  '@(http://x)',
  '%',
  '%%',
  '%d',
  '%(_)',
  ':8000',
  '/x=y.py',
  '1',
  '-1',
  'true',
  ' ; c',
  ' # c',
  '=',
  ' ',
  '\t',
  '\u0000',
  'é',
  '9'.repeat(30),
  ':a',
  'a.ini',
  '{',
  '"',
)
const value = fc.array(fragment, { maxLength: 5 }).map((parts) => parts.join(''))
const line = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(key, value).map(([name, text]) => `${name} = ${text}`) },
  fc.constantFrom(
    '[uwsgi]',
    '[a]',
    '[',
    'endif',
    'end',
    'else',
    'if-env = HOME',
    'for = 1 2',
    'ini = :a',
    '; c',
    '',
  ),
)
const file = fc.array(line, { maxLength: 12 }).map((lines) => `[uwsgi]\n${lines.join('\n')}`)

test('any ini file', (t) => {
  fc.assert(
    fc.property(file, (text) => survives(['--ini', 'a.ini'], text)),
    { numRuns: 1_000 },
  )
  t.pass()
})

test('any text at all as ini, yaml, json and xml', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      survives(['--ini', 'a.ini'], `[uwsgi]\n${text}`)
      survives(['--yaml', 'a.yaml'], `uwsgi:\n  ${text}`)
      survives(['--json', 'a.json'], text)
      survives(['--xml', 'a.xml'], text)
      survives(['--xml', 'a.xml'], `<uwsgi><module>${text}</module></uwsgi>`)
    }),
    { numRuns: 200 },
  )
  t.pass()
})

test('any route and any hook', (t) => {
  const word = fc.constantFrom(
    ...['^/a', '.*', '(', '^(a|b)?x$', `equal:\${HTTP_HOST};`, `empty:\${X}`, 'a;b', '$\u007b', '$1', ' '],
    ...[
      'redirect:',
      'static:',
      'donotlog:',
      'basicauth:a,',
      'addheader:',
      'uwsgi:',
      'write:',
      'exec:',
      '/x',
      ':',
      ',',
    ],
  )
  const text = fc.array(word, { maxLength: 6 }).map((parts) => parts.join(''))
  const key = fc.constantFrom(
    'route',
    'route-if',
    'route-if-not',
    'route-run',
    'route-host',
    'hook-asap',
    'hook-touch',
    'logger',
  )
  fc.assert(
    fc.property(key, text, (name, value) => survives(['--ini', 'a.ini'], `[uwsgi]\n${name} = ${value}\n`)),
    { numRuns: 1_000 },
  )
  t.pass()
})

test('any JSON value', (t) => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => survives(['a.json'], JSON.stringify({ uwsgi: value }))),
    { numRuns: 200 },
  )
  t.pass()
})

test('any command line', (t) => {
  const word = fc.oneof(
    fc.constantFrom(...names).map((name) => `--${name}`),
    fc.tuple(fc.constantFrom(...names), value).map(([name, text]) => `--${name}=${text}`),
    fc.string({ maxLength: 4 }).map((text) => `-${text}`),
    value,
    fc.constantFrom('--', 'a.ini', 'a.ini:x', 'app.py:x', 'p.m:x', '[x]'),
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (argv) => survives(argv, '[uwsgi]\n')),
    { numRuns: 600 },
  )
  t.pass()
})

test('every option takes any value or says what is wrong with it', (t) => {
  for (const name of names) {
    for (const text of ['', '1', 'x', '/a=b', 'x y z', '99999999999999999999', '%(x)', ',=;']) {
      survives(['--ini', 'a.ini'], `[uwsgi]\n${name} = ${text}\n`)
    }
    t.truthy(fateOf(name))
  }
})

test('a value that grows with each reference is stopped at the limit', (t) => {
  const lines = ['[uwsgi]', 'a0 = 0123456789']
  for (let level = 1; level < 30; level++) lines.push(`a${level} = %(a${level - 1})%(a${level - 1})`)
  lines.push('procname = %(a29)')
  const { problems } = readConfiguration(['--ini', 'a.ini'], world(lines.join('\n')))
  t.true(problems.some(({ error }) => error.message === `more than ${maxValueLength} characters in a value`))
})

test('includes may be as deep as the limit, and no deeper', (t) => {
  const deep = (files: number): World => ({
    ...world(''),
    readFile: (path) => {
      const number = Number(/\d+/.exec(path)?.[0])
      return number < files ? `[uwsgi]\nini = f${number + 1}.ini\n` : '[uwsgi]\nmaster = 1\n'
    },
  })
  t.notThrows(() => readConfiguration(['f1.ini'], deep(maxIncludeDepth)))
  t.throws(() => readConfiguration(['f1.ini'], deep(maxIncludeDepth + 1)), { message: /files deep/ })
})

test('arithmetic is 64-bit and total', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('1', '7', '+', '-', '*', '/', '++', '--', 'x', '(', '9223372036854775807')),
      (words) => {
        const result = calculate(words.join(' '), () => undefined)
        return typeof result === 'string'
      },
    ),
  )
  t.is(
    calculate('9223372036854775807 + 1', () => undefined),
    '-9223372036854775808',
  )
})
