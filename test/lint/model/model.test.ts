// What the rules ask of a tree: versions, values, contexts, sockets, locations.
import test from 'ava'
import { answerTo } from '../../../lint/model/file.ts'
import { locate } from '../../../lint/model/location.ts'
import { Model } from '../../../lint/model/model.ts'
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

test('what map, geo, geoip2 and their like hold is data, not directives', (t) => {
  for (const [name, rest] of Object.entries({ map: '$a $b', geo: '$c', geoip2: '/x.mmdb', types: '' })) {
    const [block] = model(`${name} ${rest} { root x; }`).named(name)
    t.deepEqual([block?.children.length, block?.entries.length], [0, 1], name)
  }
})
