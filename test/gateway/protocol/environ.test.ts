// What an application is told by a request: every rule as a row. Python itself has the last word about the bytes.
import { execFileSync } from 'node:child_process'
import test from 'ava'
import fc from 'fast-check'
import { costKeyOf } from '../../../gateway/protocol/cost-key.ts'
import { EnvironWriter, type ProtocolName } from '../../../gateway/protocol/environ.ts'
import { COST_KEYS, VARIABLES_LIMIT } from '../../../gateway/protocol/limits.ts'
import { readVariable } from '../../../gateway/protocol/marshal.ts'
import { readVars } from '../../../gateway/protocol/uwsgi.ts'
import { readEnviron } from '../../helpers/echo.ts'
import { uwsgiVars } from '../../helpers/speak.ts'

type Vars = [string, string][]

function write(vars: Vars, protocol: ProtocolName = 'uwsgi', writer = new EnvironWriter()): Buffer {
  const source = uwsgiVars(vars)
  writer.begin(source, source.length, protocol)
  readVars(writer, source, 0, source.length)
  return writer.finish()
}
const environOf = (vars: Vars, protocol?: ProtocolName, writer?: EnvironWriter) =>
  readEnviron(write(vars, protocol, writer))

const get = (uri: string, ...more: Vars): Vars => [['REQUEST_METHOD', 'GET'], ['REQUEST_URI', uri], ...more]

/** title, protocol, variables, mounts, expected part of the environ (undefined: absent) */
type Row = [string, ProtocolName, Vars, string[], Record<string, string | undefined>]
const rows: Row[] = [
  ['percent signs are decoded once', 'uwsgi', get('/a%2525c'), [], { PATH_INFO: '/a%25c' }],
  ['a percent sign without digits stays', 'uwsgi', get('/100%/%zz/%4'), [], { PATH_INFO: '/100%/%zz/%4' }],
  ['UTF-8 arrives as latin-1 text', 'uwsgi', get('/caf%C3%A9'), [], { PATH_INFO: '/cafÃ©' }],
  ['an undecoded byte over 0x7F does too', 'uwsgi', get('/caf\xe9'), [], { PATH_INFO: '/café' }],
  ['slashes and encoded slashes are kept', 'uwsgi', get('//a//b%2Fc/'), [], { PATH_INFO: '//a//b/c/' }],
  ['dots are kept', 'uwsgi', get('/a/../b/./c'), [], { PATH_INFO: '/a/../b/./c' }],
  ['a plus sign is a plus sign', 'uwsgi', get('/a+b?c+d'), [], { PATH_INFO: '/a+b', QUERY_STRING: 'c+d' }],
  [
    'the query is cut at the first question mark',
    'uwsgi',
    get('/a?b?c'),
    [],
    { PATH_INFO: '/a', QUERY_STRING: 'b?c' },
  ],
  ['a fragment is no part of the path', 'uwsgi', get('/a#b?c'), [], { PATH_INFO: '/a' }],
  ['an empty query is an empty text', 'uwsgi', get('/a?'), [], { QUERY_STRING: '' }],
  ['QUERY_STRING of the peer counts', 'uwsgi', get('/a?b', ['QUERY_STRING', 'c']), [], { QUERY_STRING: 'c' }],
  [
    'REQUEST_URI and RAW_URI are the raw target',
    'uwsgi',
    get('/a%20b?c%20d'),
    [],
    { REQUEST_URI: '/a%20b?c%20d', RAW_URI: '/a%20b?c%20d' },
  ],
  [
    "nginx's normalised PATH_INFO gives way to the target",
    'uwsgi',
    get('/a//b/../%63', ['PATH_INFO', '/a/c']),
    [],
    { PATH_INFO: '/a//b/../c' },
  ],
  [
    "nginx's rewritten PATH_INFO counts",
    'uwsgi',
    get('/old/x', ['PATH_INFO', '/new/x']),
    [],
    { PATH_INFO: '/new/x' },
  ],
  [
    'without a target PATH_INFO counts as it is',
    'uwsgi',
    [
      ['REQUEST_METHOD', 'GET'],
      ['PATH_INFO', '/a%20b'],
    ],
    [],
    { PATH_INFO: '/a%20b', REQUEST_URI: undefined },
  ],
  [
    'SCRIPT_NAME is taken off the path',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    'SCRIPT_NAME may be the whole path',
    'uwsgi',
    get('/app', ['SCRIPT_NAME', '/app']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '' },
  ],
  [
    'a slash at the end of SCRIPT_NAME does not count',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app/']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    'SCRIPT_NAME / is none',
    'uwsgi',
    get('/x', ['SCRIPT_NAME', '/']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/x' },
  ],
  [
    '/ab is not under SCRIPT_NAME /a',
    'uwsgi',
    get('/ab', ['SCRIPT_NAME', '/a']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/ab' },
  ],
  [
    'a split made in nginx is kept',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app'], ['PATH_INFO', '/x']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    'a whole PATH_INFO beside SCRIPT_NAME is split',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app'], ['PATH_INFO', '/app/x']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    '/app under /app is not taken off twice',
    'uwsgi',
    get('/app/app/x', ['SCRIPT_NAME', '/app'], ['PATH_INFO', '/app/x']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/app/x' },
  ],
  [
    "nginx's own fastcgi_params call the whole path SCRIPT_NAME",
    'fastcgi',
    get('/x/y', ['SCRIPT_NAME', '/x/y']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/x/y' },
  ],
  [
    'with fastcgi_index too',
    'fastcgi',
    get('/x/', ['SCRIPT_NAME', '/x/index.php']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/x/' },
  ],
  [
    'a mount becomes SCRIPT_NAME',
    'uwsgi',
    get('/blog/x'),
    ['/blog', '/'],
    { SCRIPT_NAME: '/blog', PATH_INFO: '/x' },
  ],
  [
    'the longest mount wins',
    'uwsgi',
    get('/blog/admin/x'),
    ['/blog', '/blog/admin'],
    { SCRIPT_NAME: '/blog/admin', PATH_INFO: '/x' },
  ],
  [
    'a mount is left at a boundary only',
    'uwsgi',
    get('/blogs'),
    ['/blog'],
    { SCRIPT_NAME: '', PATH_INFO: '/blogs' },
  ],
  [
    'a mount is found in the decoded path',
    'uwsgi',
    get('/bl%6Fg/x'),
    ['/blog'],
    { SCRIPT_NAME: '/blog', PATH_INFO: '/x' },
  ],
  [
    'SCRIPT_NAME of the peer counts before mounts',
    'uwsgi',
    get('/a/blog', ['SCRIPT_NAME', '/a']),
    ['/blog', '/a/blog'],
    { SCRIPT_NAME: '/a', PATH_INFO: '/blog' },
  ],
  [
    'SERVER_NAME falls back to Host',
    'uwsgi',
    get('/', ['SERVER_NAME', ''], ['HTTP_HOST', 'a.test:81']),
    [],
    { SERVER_NAME: 'a.test', SERVER_PORT: '81' },
  ],
  [
    'an IPv6 Host is a name with brackets',
    'uwsgi',
    get('/', ['HTTP_HOST', '[::1]:81']),
    [],
    { SERVER_NAME: '[::1]', SERVER_PORT: '81' },
  ],
  [
    'an IPv6 Host without a port has none',
    'uwsgi',
    get('/', ['HTTP_HOST', '[::1]']),
    [],
    { SERVER_NAME: '[::1]', SERVER_PORT: '80' },
  ],
  [
    'without Host the name is localhost',
    'uwsgi',
    get('/', ['SERVER_NAME', '']),
    [],
    { SERVER_NAME: 'localhost' },
  ],
  [
    'SERVER_NAME of the peer counts',
    'uwsgi',
    get('/', ['SERVER_NAME', 'b'], ['HTTP_HOST', 'a']),
    [],
    { SERVER_NAME: 'b' },
  ],
  [
    'https has port 443',
    'uwsgi',
    get('/', ['HTTPS', 'on']),
    [],
    { SERVER_PORT: '443', 'wsgi.url_scheme': 'https' },
  ],
  [
    'HTTPS off is http',
    'uwsgi',
    get('/', ['HTTPS', 'off'], ['REQUEST_SCHEME', 'https']),
    [],
    { 'wsgi.url_scheme': 'http' },
  ],
  [
    'an empty HTTPS says nothing',
    'uwsgi',
    get('/', ['HTTPS', ''], ['REQUEST_SCHEME', 'https']),
    [],
    { 'wsgi.url_scheme': 'https', HTTPS: undefined },
  ],
  [
    'UWSGI_SCHEME comes first and is not passed on',
    'uwsgi',
    get('/', ['REQUEST_SCHEME', 'http'], ['UWSGI_SCHEME', 'https']),
    [],
    { 'wsgi.url_scheme': 'https', UWSGI_SCHEME: undefined },
  ],
  [
    'a scheme that is none is not believed',
    'uwsgi',
    get('/', ['REQUEST_SCHEME', 'javascript']),
    [],
    { 'wsgi.url_scheme': 'http' },
  ],
  [
    'X-Forwarded-Proto is a header, not the scheme',
    'uwsgi',
    get('/', ['HTTP_X_FORWARDED_PROTO', 'https']),
    [],
    { 'wsgi.url_scheme': 'http', HTTP_X_FORWARDED_PROTO: 'https' },
  ],
  [
    'commands to uWSGI are not passed on',
    'uwsgi',
    get('/', ['UWSGI_FILE', '/evil.py'], ['UWSGI_SETENV', 'A=b'], ['UWSGI_MODULE', 'os']),
    [],
    { UWSGI_FILE: undefined, UWSGI_SETENV: undefined, UWSGI_MODULE: undefined },
  ],
  [
    'names of wsgi.* cannot come over the wire',
    'uwsgi',
    get('/', ['wsgi.url_scheme', 'https'], ['wsgi.input', 'x']),
    [],
    { 'wsgi.url_scheme': 'http', 'wsgi.input': undefined },
  ],
  [
    'odd names are dropped',
    'uwsgi',
    get('/', ['HTTP_X-Y', 'a'], ['', 'b'], ['A B', 'c'], ['É', 'd']),
    [],
    { 'HTTP_X-Y': undefined, '': undefined, 'A B': undefined, É: undefined },
  ],
  [
    'second spellings of the content headers are dropped',
    'uwsgi',
    get('/', ['CONTENT_TYPE', 'a/b'], ['HTTP_CONTENT_TYPE', 'c/d'], ['HTTP_CONTENT_LENGTH', '9']),
    [],
    { CONTENT_TYPE: 'a/b', HTTP_CONTENT_TYPE: undefined, HTTP_CONTENT_LENGTH: undefined },
  ],
  [
    'empty content variables are left out',
    'uwsgi',
    get('/', ['CONTENT_TYPE', ''], ['CONTENT_LENGTH', '']),
    [],
    { CONTENT_TYPE: undefined, CONTENT_LENGTH: undefined },
  ],
  [
    'Proxy makes no HTTP_PROXY',
    'uwsgi',
    get('/', ['HTTP_PROXY', 'http://evil']),
    [],
    { HTTP_PROXY: undefined },
  ],
  [
    'nginx has decoded chunks and answered Expect',
    'fastcgi',
    get('/', ['HTTP_TRANSFER_ENCODING', 'chunked'], ['HTTP_EXPECT', '100-continue']),
    [],
    { HTTP_TRANSFER_ENCODING: undefined, HTTP_EXPECT: undefined },
  ],
  [
    'on HTTP both are for the application',
    'http',
    get('/', ['HTTP_TRANSFER_ENCODING', 'chunked'], ['HTTP_EXPECT', '100-continue']),
    [],
    { HTTP_TRANSFER_ENCODING: 'chunked', HTTP_EXPECT: '100-continue' },
  ],
  [
    'a CGI variable that comes twice has its last value',
    'uwsgi',
    get('/', ['REMOTE_USER', 'a'], ['REMOTE_USER', 'b']),
    [],
    { REMOTE_USER: 'b' },
  ],
  [
    'Host twice with one value is one Host',
    'uwsgi',
    get('/', ['HTTP_HOST', 'a'], ['HTTP_HOST', 'a']),
    [],
    { HTTP_HOST: 'a' },
  ],
  [
    'custom variables of the site are passed on',
    'uwsgi',
    get('/', ['REMOTE_USER', 'ann'], ['SSL_CLIENT_S_DN', 'CN=ann']),
    [],
    { REMOTE_USER: 'ann', SSL_CLIENT_S_DN: 'CN=ann' },
  ],
  ['REMOTE_ADDR is there even when nobody said it', 'uwsgi', get('/'), [], { REMOTE_ADDR: '' }],
  [
    'OPTIONS * has an empty path',
    'uwsgi',
    [
      ['REQUEST_METHOD', 'OPTIONS'],
      ['REQUEST_URI', '*'],
    ],
    [],
    { PATH_INFO: '', REQUEST_URI: '*' },
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
]
for (const [title, protocol, vars, mounts, expected] of rows) {
  test(title, (t) => {
    const environ = environOf(vars, protocol, new EnvironWriter(mounts))
    const found = Object.fromEntries(Object.keys(expected).map((name) => [name, environ[name]]))
    t.deepEqual(found, expected)
  })
}

const refused: [string, Vars, string][] = [
  ['no method', [['REQUEST_URI', '/']], 'REQUEST_NO_METHOD'],
  [
    'a method with a space',
    [
      ['REQUEST_METHOD', 'GET /x'],
      ['REQUEST_URI', '/'],
    ],
    'HTTP_MALFORMED',
  ],
  ['a target without a slash', get('x'), 'REQUEST_BAD_TARGET'],
  ['a target with an encoded NUL', get('/a%00'), 'REQUEST_BAD_TARGET'],
  ['a length of letters', get('/', ['CONTENT_LENGTH', 'ten']), 'REQUEST_BAD_LENGTH'],
  ['a length with a sign', get('/', ['CONTENT_LENGTH', '-1']), 'REQUEST_BAD_LENGTH'],
  ['two lengths', get('/', ['CONTENT_LENGTH', '1'], ['CONTENT_LENGTH', '2']), 'REQUEST_BAD_LENGTH'],
  ['a length of 16 digits', get('/', ['CONTENT_LENGTH', '1000000000000000']), 'REQUEST_BAD_LENGTH'],
  ['two different Hosts', get('/', ['HTTP_HOST', 'a'], ['HTTP_HOST', 'b']), 'REQUEST_REPEATED'],
  [
    'two different Authorizations',
    get('/', ['HTTP_AUTHORIZATION', 'a'], ['HTTP_AUTHORIZATION', 'b']),
    'REQUEST_REPEATED',
  ],
]
for (const [title, vars, code] of refused) {
  test(`refuses ${title} as a request`, (t) => {
    t.throws(() => write(vars), { code })
  })
}

test('takes 1,024 variables, and refuses one more', (t) => {
  const many = (count: number): Vars =>
    get('/', ...Array.from({ length: count - 2 }, (_, i): [string, string] => [`HTTP_X${i}`, 'v']))
  t.is(environOf(many(VARIABLES_LIMIT)).HTTP_X1021, 'v')
  t.throws(() => write(many(VARIABLES_LIMIT + 1)), { code: 'REQUEST_TOO_MANY_VARIABLES' })
})

test('headers are joined even when their names find no place to be remembered', (t) => {
  const writer = new EnvironWriter()
  for (let i = 0; i < 4; i++) {
    environOf(
      get('/', ...Array.from({ length: 900 }, (_, j): [string, string] => [`HTTP_Q${i}_${j}`, 'v'])),
      'uwsgi',
      writer,
    )
  }
  for (const name of ['HTTP_NEW_ONE', 'HTTP_NEW_TWO', 'HTTP_Q3_899']) {
    const environ = environOf(
      get('/', [name, 'a'], ['HTTP_Z', 'z'], [name, 'b'], [name, 'c']),
      'uwsgi',
      writer,
    )
    t.is(environ[name], 'a, b, c')
    t.is(environ.HTTP_Z, 'z')
  }
})

test('dropped variables are counted', (t) => {
  const writer = new EnvironWriter()
  environOf(get('/', ['UWSGI_FILE', 'x'], ['HTTP_PROXY', 'x'], ['a b', 'x']), 'uwsgi', writer)
  t.deepEqual(writer.dropped, { commands: 1, oddNames: 1, proxies: 1, underscores: 0 })
})

test('the cost key depends on method and path, not on the query', (t) => {
  const writer = new EnvironWriter()
  const keyOf = (vars: Vars) => {
    write(vars, 'uwsgi', writer)
    return writer.costKey
  }
  t.is(keyOf(get('/a?x')), keyOf(get('/a?y')))
  t.not(keyOf(get('/a')), keyOf(get('/b')))
  t.not(
    keyOf(get('/a')),
    keyOf([
      ['REQUEST_METHOD', 'POST'],
      ['REQUEST_URI', '/a'],
    ]),
  )
  t.true(keyOf(get('/a')) >= 0 && keyOf(get('/a')) < COST_KEYS)
  for (const path of ['/', '/-/live', '/-/ready', '/ä'])
    t.is(keyOf(get(`${path}?x=1`)), costKeyOf('GET', path), path)
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
