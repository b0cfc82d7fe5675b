// What the rules ask of a tree: regexes, versions, sockets, locations, what a variable can hold.
import test from 'ava'
import { holds } from '../../../lint/model/chars.ts'
import { answerTo } from '../../../lint/model/file.ts'
import { locate } from '../../../lint/model/location.ts'
import { Model } from '../../../lint/model/model.ts'
import { translate } from '../../../lint/model/pcre.ts'
import {
  anchored,
  anchoredEnd,
  anchoredStart,
  groupChars,
  MAX_PATTERN,
  MAX_TEXT,
  matches,
  readRegex,
  sample,
} from '../../../lint/model/regex.ts'
import { inferContext, readTree } from '../../../lint/model/statement.ts'
import { pieces, readCondition } from '../../../lint/model/value.ts'
import { affected, before, readVersion } from '../../../lint/model/version.ts'
import { parse } from '../../helpers/lint.ts'

const model = (text: string) => new Model(readTree(parse(text)), [1, 22, 1])

test('compares versions, and knows branches with fixes of their own', (t) => {
  t.true(before([1, 22, 1], '1.25.1'))
  t.false(before([1, 26, 999], '1.26.3'))
  t.deepEqual(readVersion('1.26'), [1, 26, 999])
  t.is(readVersion('latest'), undefined)
  const hit = (version: string) => affected(readVersion(version)!, '0.6.27', ['1.30.1', '1.31.0'])
  t.deepEqual(['0.6.26', '0.6.27', '1.22.1', '1.30.0', '1.30.1', '1.31.0', '1.32.0'].map(hit), [
    false,
    true,
    true,
    true,
    false,
    false,
    false,
  ])
})

for (const [pcre, js] of [
  ['(?P<a>x)', '(?<a>x)'],
  ["(?'a'x)", '(?<a>x)'],
  ['(?>a+)b', '(?:a+)b'],
  ['a++b', 'a+b'],
  ['\\Aa\\z', '^a(?!.|\\n)'],
  ['[[:alpha:]]', '[A-Za-z]'],
  ['[]a]', '[\\]a]'],
  ['\\Qa.b\\E', 'a\\.b'],
  ['a(?#note)b', 'ab'],
  ['\\x{41}', '\\u0041'],
  ['\\h', '[ \\t]'],
  ['a{2,3}+', 'a{2,3}'],
] as const) {
  // biome-ignore format: a table
  test(`says ${pcre} in JavaScript`, (t) => t.is(translate(pcre, false)?.source, js))
}

test('reads inline flags', (t) => {
  t.like(translate('(?i)abc', false), { source: 'abc', ignoreCase: true })
  t.like(translate('(?s).', false), { dotAll: true })
})

for (const pattern of [
  '(?R)',
  '(?1)',
  '(?(1)a|b)',
  '(?|(a)|(b))',
  '(?x) a',
  '[',
  '(',
  '*',
  '(?<n>',
  'a{1',
  '\\',
  '[[:nope:]]',
  '(?&n)',
]) {
  test(`does not fall over ${pattern}`, (t) => {
    const regex = readRegex(pattern, false)
    t.notThrows(() => [groupChars(regex, 1), matches(regex, '/x'), anchoredStart(regex), regex.groups])
  })
}

test('counts groups and names, also of what it cannot read', (t) => {
  t.deepEqual(
    [readRegex('(a)(?:b)(?<c>d)', false).groups, readRegex('(a)(?:b)(?<c>d)', false).names.get('c')],
    [2, 2],
  )
  t.is(readRegex('(a)(b)(?R)', false).groups, 2)
})

test('knows which characters a group can hold', (t) => {
  const holdsNewline = (source: string) => holds(groupChars(readRegex(source, false), 1), '\n')
  t.deepEqual(
    ['(.*)', '([^/]+)', '(\\w+)', '(\\W+)', '(\\s)', '(?s)(.*)', '([^\\s/]+)', '(a|b)', '([^/\\n]+)'].map(
      holdsNewline,
    ),
    [false, true, false, true, true, true, false, false, false],
  )
})

test('knows anchors in groups and alternatives', (t) => {
  t.deepEqual(
    ['^a', '(?:^a|^b)', '^a|b', 'a$', '(a|b)$', 'a\\z'].map((one) => anchoredStart(readRegex(one, false))),
    [true, true, false, false, false, false],
  )
  t.deepEqual(
    ['a$', '(?:a$|b$)', 'a$|b', 'a\\z', '^a'].map((one) => anchoredEnd(readRegex(one, false))),
    [true, true, false, true, false],
  )
  t.deepEqual(
    ['(^/a|/b$)', '(?=^/x)/x/y', '(^/x)*y', 'a|^b'].map((one) => anchored(readRegex(one, false).pattern!)),
    [true, true, false, false],
  )
})

test('matches texts up to a limit, and never where it could take for ever', (t) => {
  t.true(matches(readRegex('a', false), 'a'.repeat(MAX_TEXT)))
  t.false(matches(readRegex('a', false), 'a'.repeat(MAX_TEXT + 1)))
  t.false(matches(readRegex('(a+)+$', false), `${'a'.repeat(200)}b`))
})

test('takes patterns apart up to a limit', (t) => {
  t.not(readRegex('a'.repeat(MAX_PATTERN), false).pattern, undefined)
  t.is(readRegex('a'.repeat(MAX_PATTERN + 1), false).pattern, undefined)
})

test('writes a text that a regex matches', (t) =>
  t.is(
    sample(readRegex('^https://[a-z]+\\.example\\.com(:\\d+)?$', false).pattern!),
    'https://a.example.com:1',
  ))

test('takes values and conditions apart', (t) => {
  t.deepEqual(pieces(['http://$host/$', '{a}b$1c'].join('')), [
    { text: 'http://' },
    { variable: 'host' },
    { text: '/' },
    { variable: 'a' },
    { text: 'b' },
    { variable: '1' },
    { text: 'c' },
  ])
  t.like(readCondition(['($host', '=', 'a)']), { subject: '$host', operator: '=', value: 'a' })
  t.like(readCondition(['(', '$x', '!~*', '^a$', ')']), { subject: '$x', operator: '!~*', value: '^a$' })
  t.like(readCondition(['($x)']), { subject: '$x', operator: '' })
  t.like(readCondition(['(!-f', '$request_filename)']), { subject: '$request_filename', operator: '!-f' })
})

for (const [names, context] of [
  [['http'], []],
  [['server'], ['http']],
  [['upstream', 'server'], ['http']],
  [['location'], ['http', 'server']],
  [['proxy_set_header'], ['http', 'server', 'location']],
  [[], []],
] as const) {
  test(`infers the context of ${names.join(' and ') || 'nothing'}`, (t) =>
    t.deepEqual(inferContext([...names]), [...context]))
}

test('compares sockets as nginx does', (t) => {
  const keys = (listen: string) => model(`server { listen ${listen}; }`).sites[0]?.listens[0]?.key
  t.deepEqual(
    ['80', '*:80', '0.0.0.0:80', '0.0.0.0', '[::]:80', '[::]', '10.0.0.1', '443 quic', 'unix:/a'].map(keys),
    ['*:80', '*:80', '*:80', '*:80', '[::]:80', '[::]:80', '10.0.0.1:80', '*:443/udp', 'unix:/a'],
  )
  t.is(model('server { server_name a; }').sites[0]?.listens[0]?.key, '*:80')
})

const locations = `server {
  location / { } location /a/ { location /a/b/ { } location ~ \\.x$ { } } location = /e { } location ^~ /s/ { }
  location ~ \\.css$ { } location ~* \\.JPG$ { } location @n { }
}`
for (const [path, wanted] of [
  ['/', '/'],
  ['/a/1', '/a/'],
  ['/a/b/1', '/a/b/'],
  ['/a/1.x', '~ \\.x$'],
  ['/e', '= /e'],
  ['/s/x.css', '^~ /s/'],
  ['/q.css', '~ \\.css$'],
  ['/q.jpg', '~* \\.JPG$'],
  ['/a/b/y.css', '/a/b/'],
] as const) {
  test(`${path} is answered by location ${wanted}`, (t) =>
    t.is(locate(model(locations).sites[0]!.server, path)?.args.join(' '), wanted))
}

test('knows the file of a path', (t) => {
  const server = model(
    'server { root /w; location /s/ { alias /srv/; } location ~ ^/r/(.*)$ { alias /x/$1; } location /app/ { proxy_pass http://a; } location = /one { alias /f; } }',
  ).sites[0]!.server
  const file = (path: string) => {
    const answer = answerTo(server, path)
    return answer.kind === 'file' ? answer.path : answer.kind
  }
  t.deepEqual(['/a', '/s/b', '/r/c/d', '/app/x', '/one'].map(file), [
    '/w/a',
    '/srv/b',
    '/x/c/d',
    'pass',
    '/f',
  ])
})

const taints = model(`
  map $arg_a $mapped { default none; ~^(.+)$ $1; x y; }
  geo $where { default in; 10.0.0.0/8 out; }
  server {
    server_name ~^(?<sub>[a-z]+)\\.example\\.com$;
    set $fixed one; set $both $arg_q;
    location ~ ^/(?<part>[^/]+)/(a|b)$ { set $two $2; return 200; }
    location = /exact { return 201; }
    location /guard { if ($arg_g !~ "^(?:x|y)$") { return 403; } return 202; }
  }`)
const at = (code: string) => taints.named('return').find((one) => one.arg === code)!
for (const [variable, code, client, newline] of [
  ['uri', '200', true, true],
  ['request_uri', '200', true, false],
  ['arg_x', '200', true, false],
  ['scheme', '200', false, false],
  ['fixed', '200', false, false],
  ['both', '200', true, false],
  ['mapped', '200', true, false],
  ['where', '200', false, false],
  ['part', '200', true, true],
  ['1', '200', true, true],
  ['2', '200', false, false],
  ['two', '200', false, false],
  ['sub', '200', true, false],
  ['uri', '201', false, false],
  ['arg_g', '202', false, false],
  ['nosuch', '200', false, false],
] as const) {
  // biome-ignore format: a table
  test(`$${variable} at ${code} is ${client ? '' : 'not '}the client’s and can ${newline ? '' : 'not '}hold a line end`, (t) => {
    const taint = taints.taint(variable, at(code))
    t.deepEqual([taint.client, taint.client && holds(taint.chars, '\n')], [client, newline])
  })
}
