// The environ as a whole: limits, lengths, what stays as it is. Python itself has the last word about the bytes.
import { execFileSync } from 'node:child_process'
import test from 'ava'
import fc from 'fast-check'
import { EnvironWriter } from '../../../gateway/protocol/environ.ts'
import { VARIABLES_LIMIT } from '../../../gateway/protocol/limits.ts'
import { readVariable } from '../../../gateway/protocol/marshal.ts'
import { readEnviron } from '../../helpers/echo.ts'
import { environOf, get, tells, type Vars, write } from '../../helpers/environ.ts'

tells([
  [
    'custom variables of the site are passed on',
    'uwsgi',
    get('/', ['REMOTE_USER', 'ann'], ['SSL_CLIENT_S_DN', 'CN=ann']),
    [],
    { REMOTE_USER: 'ann', SSL_CLIENT_S_DN: 'CN=ann' },
  ],
  [
    'a long value keeps all its bytes',
    'uwsgi',
    get('/', ['HTTP_COOKIE', 'x'.repeat(60_000)]),
    [],
    { HTTP_COOKIE: 'x'.repeat(60_000) },
  ],
  [
    '256 bytes is where short text ends',
    'uwsgi',
    get('/', ['HTTP_A', 'a'.repeat(255)], ['HTTP_B', 'b'.repeat(256)]),
    [],
    { HTTP_A: 'a'.repeat(255), HTTP_B: 'b'.repeat(256) },
  ],
])

test('takes 1,024 variables, and refuses one more', (t) => {
  const many = (count: number): Vars =>
    get('/', ...Array.from({ length: count - 2 }, (_, i): [string, string] => [`HTTP_X${i}`, 'v']))
  t.is(environOf(many(VARIABLES_LIMIT)).HTTP_X1021, 'v')
  t.throws(() => write(many(VARIABLES_LIMIT + 1)), { code: 'REQUEST_TOO_MANY_VARIABLES' })
})

test('earlier environs are never touched by later ones', (t) => {
  const writer = new EnvironWriter()
  const kept = Array.from({ length: 300 }, (_, i) =>
    write(get(`/${i}`, ['HTTP_X', `${i}`.repeat(200)]), 'uwsgi', writer),
  )
  kept.forEach((environ, i) => {
    t.is(readVariable(environ, 'PATH_INFO'), `/${i}`)
    t.is(readVariable(environ, 'HTTP_X'), `${i}`.repeat(200))
    t.is(readVariable(environ, 'HTTP_Y'), undefined)
  })
})

test('Python reads the same dict from the bytes', (t) => {
  const text = fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes).toString('latin1'))
  const name = fc
    .stringMatching(/^HTTP_[A-Z0-9_]{1,40}$/)
    .filter((n) => !/^HTTP_(HOST|PROXY|EXPECT)$/.test(n))
  const vars = fc.uniqueArray(fc.tuple(name, text), { selector: ([n]) => n, maxLength: 30 })
  const environs = fc.sample(vars, 200).map((more) => write(get('/caf%C3%A9?q', ...more)))
  const program = `import sys, json, marshal
for line in sys.stdin:
    print(json.dumps(marshal.loads(bytes.fromhex(line))))`
  const input = environs.map((environ) => environ.toString('hex')).join('\n')
  const lines = execFileSync('/usr/bin/env', ['python3', '-c', program], {
    input,
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  const read = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.is(read.length, 200)
  t.deepEqual(
    read,
    environs.map((environ) => readEnviron(environ)),
  )
})
