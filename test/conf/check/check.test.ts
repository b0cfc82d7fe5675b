import test from 'ava'
import { check, inferContext, SUGGESTION_LIMIT } from '../../../conf/check/check.ts'
import { refusal, verdict } from '../../../conf/check/verdict.ts'
import { availability, nginxOf } from '../../../conf/directives.ts'
import { dumpReader } from '../../../conf/dump.ts'
import { describeArguments, placesOf } from '../../../conf/form.ts'
import { loadConf, loadConfText } from '../../../conf/include.ts'
import { parse } from '../../../conf/parse.ts'

const nothing = { read: () => undefined, list: () => [] }
const messages = (text: string, options: { nginx?: string; context?: string[] } = {}): string[] =>
  verdict(loadConfText(text, 'c.conf', nothing), options).map(({ message }) => message)

test('tells every fault, in the order nginx would find them', (t) => {
  t.deepEqual(messages('events {}\nhttp {\n gzip maybe;\n server { foo; root /a; root /b; }\n}'), [
    'invalid value "maybe" in "gzip" directive, it must be "on" or "off"',
    'unknown directive "foo"',
    '"root" directive is duplicate',
  ])
})

test('names the first fault nginx would name, not the one at the end it leads to', (t) => {
  const found = refusal(
    loadConfText('events {}\nhttp {\n server { location ~ ^/\\d{4}/ { } }\n}\n', 'c', nothing),
  )
  t.is(found?.message, 'unknown directive "4}/"')
  t.true(found?.hint?.includes('quotes'))
})

test('says nothing of directives behind a fault of the syntax', (t) => {
  t.deepEqual(messages('events {}\nhttp {\n root "/a;\n gzip maybe;\n}\n'), [
    'unexpected end of file, expecting ";" or "}"',
  ])
})

test('an unclosed quote is one fault, whatever the rest looks like', (t) => {
  t.deepEqual(messages('events {}\nhttp {\n add_header X "a;\n}\n}}\nadd_header Y {} }\n'), [
    'unexpected end of file, expecting ";" or "}"',
  ])
})

test('servers of an upstream may come from a module', (t) => {
  t.deepEqual(messages('events {}\nhttp { upstream db { postgres_server 127.0.0.1 dbname=a; } }'), [])
})

test('a module for http has no business in stream, unless it has a twin there', (t) => {
  t.deepEqual(messages('events {}\nstream { server { listen 1; return x; brotli on; } }'), [
    '"brotli" directive is not allowed here',
  ])
  t.deepEqual(messages('events {}\nstream { server { listen 1; content_by_lua_block { } } }'), [])
})

test('points at the line of the terminator, under the word that is meant', (t) => {
  const [problem] = verdict(
    loadConfText('events {}\nhttp { server { listen 80\n server_name x; } }', 'c', nothing),
  )
  t.deepEqual(
    [problem?.message, problem?.span.start.line, problem?.span.start.column],
    ['invalid parameter "server_name"', 3, 2],
  )
})

test('knows which version has a directive', (t) => {
  const text = 'events {} http { http2 on; server { listen 80; } }'
  t.deepEqual(messages(text, { nginx: '1.22.1' }), ['unknown directive "http2"'])
  t.deepEqual(messages(text, { nginx: '1.26' }), [])
  t.is(
    verdict(loadConfText(text, 'c', nothing), { nginx: '1.22' })[0]?.hint,
    'nginx 1.22 does not know it; nginx 1.26 does',
  )
})

test('lets a version between two tables have what either has', (t) => {
  t.deepEqual(
    messages('events {} http { http2 on; ssl off; }', { nginx: '1.24.0' }).filter(
      (one) => !one.includes('deprecated'),
    ),
    [],
  )
})

test('suggests the name that was meant', (t) => {
  const [problem] = check(parse('events {} http { server { lsiten 80; } }'))
  t.is(problem?.hint, 'did you mean "listen"?')
})

test('suggests for as many unknown names as the limit and no more', (t) => {
  const problems = check(parse(`events {} http { ${'sevrer_name x; '.repeat(SUGGESTION_LIMIT + 1)} }`))
  t.is(problems.filter(({ hint }) => hint !== undefined).length, SUGGESTION_LIMIT)
  t.is(problems.length, SUGGESTION_LIMIT + 1)
})

const infers = test.macro((t, text: string, wanted: string[]) => {
  t.deepEqual(inferContext(parse(text)), wanted)
})
test('infers that servers stand in http', infers, 'upstream a { server b; } server { listen 80; }', ['http'])
test('infers that locations stand in a server', infers, 'location / { } root /x;', ['http', 'server'])
test('infers that passes stand in a location', infers, 'uwsgi_pass x; include uwsgi_params;', [
  'http',
  'server',
  'location',
])
test(
  'infers that servers without locations stand in stream',
  infers,
  'upstream b { server a:1; } server { listen 1; proxy_pass b; }',
  ['stream'],
)
test('infers mail by its servers', infers, 'server { listen 1; protocol imap; }', ['mail'])
test('infers nothing for a whole configuration', infers, 'events {} server { }', [])
test('infers nothing for an empty file', infers, '# nothing\n', [])

test('says of a fragment nothing that depends on the rest', (t) => {
  const text =
    'server { access_log /x main; proxy_set_header A $unknown; location / { uwsgi_pass django; limit_req zone=z; proxy_cache c; } }'
  t.deepEqual(messages(text), [])
  t.deepEqual(messages(`events {} http { ${text} }`).length, 5)
})

test('takes the blocks around a fragment as told', (t) => {
  t.deepEqual(messages('listen 80;', { context: ['http', 'server'] }), [])
  t.deepEqual(messages('listen 80;', { context: ['http'] }), ['"listen" directive is not allowed here'])
})

test('checks included files in the block that includes them', (t) => {
  const files = [
    { path: '/e/n.conf', text: 'events {}\nhttp { server { include a; } }' },
    { path: '/e/a', text: 'listen 80;\nupstream x { }' },
  ]
  const conf = loadConf('/e/n.conf', dumpReader(files))
  const [problem] = verdict(conf!)
  t.deepEqual(
    [problem?.file, problem?.span.start.line, problem?.message],
    ['/e/a', 2, '"upstream" directive is not allowed here'],
  )
})

test('lets modules it does not know define what they like', (t) => {
  t.deepEqual(
    messages('events {} http { vhost_traffic_status_zone; server { return 200 $vts_anything$other; } }'),
    [],
  )
})

test('says where a directive belongs and what it takes', (t) => {
  const [form] = nginxOf('latest').directives.get('upstream') ?? []
  t.deepEqual(placesOf(form!), ['http'])
  t.is(describeArguments(form!), 'exactly 1 argument')
  t.deepEqual(
    availability('http2').map(({ versions }) => versions),
    [['1.26', '1.30']],
  )
})

test('what nginx 1.31 brought is unknown before it, and its values are read', (t) => {
  const [problem] = verdict(loadConfText('events {}\nhttp { client_body_early_read on; }', 'c', nothing), {
    nginx: '1.30.5',
  })
  t.is(problem?.message, 'unknown directive "client_body_early_read"')
  t.is(problem?.hint, 'nginx 1.30 does not know it; nginx 1.31 does')
  t.deepEqual(
    messages('events {}\nhttp { proxy_socket_sndbuf big; json_set x $a b; }', { nginx: '1.31.3' }),
    ['"proxy_socket_sndbuf" directive invalid value', 'invalid variable name "x"'],
  )
  t.deepEqual(messages('events {}\nhttp { server { location /a { location $b { } } } }', { nginx: '1.30' }), [
    'location "$b" is outside location "/a"',
  ])
})

test('a misspelt listen is named before what it leads to', (t) => {
  const text = 'events {}\nstream {\n server {\n  liisten 1;\n  return x;\n }\n}\n'
  const found = verdict(loadConfText(text, 'c', nothing), { nginx: '1.22' })
  t.deepEqual(
    found.map(({ message, span }) => [message, span.start.line]),
    [
      ['unknown directive "liisten"', 4],
      ['no "listen" is defined for server', 3],
    ],
  )
})
