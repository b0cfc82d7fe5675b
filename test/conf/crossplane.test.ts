import test from 'ava'
import { crossplanePayload, type PayloadOptions, type Statement } from '../../conf/crossplane.ts'
import { dumpReader } from '../../conf/dump.ts'

const payload = (text: string, options: PayloadOptions = {}, files: Record<string, string> = {}) =>
  crossplanePayload(
    '/e/nginx.conf',
    dumpReader(
      Object.entries({ '/e/nginx.conf': text, ...files }).map(([path, body]) => ({ path, text: body })),
    ),
    options,
  )

const statements = test.macro((t, text: string, wanted: Statement[], options: PayloadOptions = {}) => {
  t.deepEqual(payload(text, options), {
    status: 'ok',
    errors: [],
    config: [{ file: '/e/nginx.conf', status: 'ok', errors: [], parsed: wanted }],
  })
})

test('a directive and a block', statements, 'user x;\nevents {\n}', [
  { directive: 'user', line: 1, args: ['x'] },
  { directive: 'events', line: 2, args: [], block: [] },
])
test('an if without its parentheses', (t) => {
  const [http] =
    payload('http { server { if ($a = "b c") { } if ( $a ) { } if ($a ~ "(x)") { } } }').config[0]?.parsed ??
    []
  t.deepEqual(
    http?.block?.[0]?.block?.map(({ args }) => args),
    [['$a', '=', 'b c'], ['$a'], ['$a', '~', '(x)']],
  )
})
test(
  'quotes off, escapes as they stand but for the quote itself',
  statements,
  String.raw`x "a\"b\'\n\\" 'c\'d\"' e\"f;`,
  [{ directive: 'x', line: 1, args: [String.raw`a"b\'\n\\`, String.raw`c'd\"`, String.raw`e\"f`] }],
)
test('Lua as one more argument and no block', statements, 'x_by_lua_block $a { b {} }', [
  { directive: 'x_by_lua_block', line: 1, args: ['$a', ' b {} '] },
])
test(
  'comments between arguments after their directive',
  statements,
  '# a\nx b # c\n d; # e',
  [
    { directive: '#', line: 1, args: [], comment: ' a' },
    { directive: 'x', line: 2, args: ['b', 'd'] },
    { directive: '#', line: 2, args: [], comment: ' c' },
    { directive: '#', line: 3, args: [], comment: ' e' },
  ],
  { comments: true },
)
test('no comments unless asked', statements, '# a\nx b; # c', [{ directive: 'x', line: 2, args: ['b'] }])
test(
  'directives left out with what is in them',
  statements,
  'a { b c; }\nd e;',
  [{ directive: 'd', line: 2, args: ['e'] }],
  {
    ignore: ['a'],
  },
)

const FILES = { '/e/a.conf': 'include b.conf;', '/e/b.conf': 'gzip on;' }

test('files once each, includes by index', (t) => {
  const { config } = payload('http {\n include [ab].conf;\n include b.conf;\n}', {}, FILES)
  t.deepEqual(
    config.map(({ file }) => file),
    ['/e/nginx.conf', '/e/a.conf', '/e/b.conf'],
  )
  t.deepEqual(
    config[0]?.parsed[0]?.block?.map(({ includes }) => includes),
    [[1, 2], [2]],
  )
})

test('one config with included statements in place', (t) => {
  const { config } = payload('http {\n include a.conf;\n}', { combine: true }, FILES)
  t.is(config.length, 1)
  t.deepEqual(config[0]?.parsed, [
    {
      file: '/e/nginx.conf',
      directive: 'http',
      line: 1,
      args: [],
      block: [{ file: '/e/b.conf', directive: 'gzip', line: 1, args: ['on'] }],
    },
  ])
})

test('an include cycle ends', (t) => {
  t.is(payload('include nginx.conf;\nuser x;', { combine: true }).config[0]?.parsed.length, 1)
})

const errors = test.macro((t, text: string, wanted: [string, number][], options: PayloadOptions = {}) => {
  const found = payload(text, options)
  t.is(found.status, wanted.length === 0 ? 'ok' : 'failed')
  t.deepEqual(
    found.config[0]?.errors,
    wanted.map(([error, line]) => ({ error, line })),
  )
  t.deepEqual(
    found.errors.map(({ error, line }) => [error, line]),
    wanted,
  )
})

test('a directive out of place', errors, 'http {\n listen 80;\n}', [
  ['"listen" directive is not allowed here in /e/nginx.conf:2', 2],
])
test('a wrong number of arguments', errors, 'user;', [
  ['invalid number of arguments in "user" directive in /e/nginx.conf:1', 1],
])
test('a flag that is neither on nor off', errors, 'http { gzip maybe; gzip ON; }', [
  ['invalid value "maybe" in "gzip" directive, it must be "on" or "off" in /e/nginx.conf:1', 1],
])
test('a block without its brace', errors, 'http;', [
  ['directive "http" has no opening "{" in /e/nginx.conf:1', 1],
])
test('a missing semicolon', errors, 'http { server {\n location / { proxy_pass x }\n } }', [
  ['directive "proxy_pass" is not terminated by ";" in /e/nginx.conf:2', 2],
])
test('an unknown directive only when strict', errors, 'foo bar;', [])
test(
  'an unknown directive when strict',
  errors,
  'foo bar;',
  [['unknown directive "foo" in /e/nginx.conf:1', 1]],
  { strict: true },
)
test('a brace too many', errors, 'a;\n}', [['unexpected "}" in /e/nginx.conf:2', 2]])
test('a brace too few, on the line of the last word', errors, 'a {\n', [
  ['unexpected end of file, expecting "}" in /e/nginx.conf:1', 1],
])
test('a quote that never closes in a block', errors, 'a {\n b "c;\n}\n', [
  ['unexpected end of file, expecting "}" in /e/nginx.conf:2', 2],
])
test('faults before a brace too few come first', errors, 'http { gzip; ', [
  ['invalid number of arguments in "gzip" directive in /e/nginx.conf:1', 1],
  ['unexpected end of file, expecting "}" in /e/nginx.conf:1', 1],
])
test(
  'a block out of place is read on as if it were not there, up to its brace',
  errors,
  'server { gzip on; }\nlisten 80;',
  [
    ['"server" directive is not allowed here in /e/nginx.conf:1', 1],
    ['"gzip" directive is not allowed here in /e/nginx.conf:1', 1],
  ],
)
test('text glued to a closing quote as a word of its own', statements, `x "a"-b c"d"e '' "";`, [
  { directive: 'x', line: 1, args: ['a', '-b', 'c"d"e', '', ''] },
])
test('a quoted mark as a word', statements, `x "{" ";" '}';`, [
  { directive: 'x', line: 1, args: ['{', ';', '}'] },
])
test('what follows a missing semicolon goes into the block around it', (t) => {
  const { config } = payload('http { server { gzip on }\n server_tokens off;\n }\nuser x;')
  const [http, user] = config[0]?.parsed ?? []
  t.deepEqual(
    http?.block?.map(({ directive, block }) => [directive, block?.length]),
    [
      ['server', 0],
      ['server_tokens', undefined],
    ],
  )
  t.is(user?.directive, 'user')
})
test('a missing include', errors, 'include gone;', [["[Errno 2] No such file or directory: '/e/gone'", 1]])
