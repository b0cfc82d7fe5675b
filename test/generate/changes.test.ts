import test from 'ava'
import { printDifferences } from '../../cli/apply/report.ts'
import { confChanges } from '../../generate/changes.ts'

const before = `
# a comment
http { server { listen 80; server_name a; gzip on; location / { proxy_pass http://x; } location /old { return 404; } } }
`
test('comments, order and white space are no change', (t) => {
  const after =
    'http {\n server { server_name a;\n listen 80; # other\n gzip on; location /old { return 404; }\n location / { proxy_pass http://x; } } }'
  t.deepEqual(confChanges(before, after), [])
})

test('directives that come and go are told by their block', (t) => {
  const after = before
    .replace('gzip on', 'gzip off')
    .replace('http://x', 'http://y')
    .replace('location /old { return 404; }', 'if ($a) { return 403; }')
  t.deepEqual(confChanges(before, after), [
    { block: 'http › server a (80)', gone: ['gzip on'], came: ['gzip off', 'if ($a) { return 403; }'] },
    {
      block: 'http › server a (80) › location /',
      gone: ['proxy_pass http://x'],
      came: ['proxy_pass http://y'],
    },
    { block: 'http › server a (80) › location /old', gone: ['return 404'], came: [], whole: 'gone' },
  ])
})

test('a line that stands there twice may go once', (t) => {
  t.deepEqual(confChanges('a { b; b; }', 'a { b; }'), [{ block: 'a', gone: ['b'], came: [] }])
})

const many = ['a 1', 'b 2', 'c 3', 'd 4', 'e 5', 'f 6', 'g 7', 'h 8']
const location = (path: string, lines: string[]): string =>
  `location ${path} { ${lines.map((one) => `${one};`).join(' ')} }`

test('a server that moves to other names or addresses is the same server', (t) => {
  const body = location('/', many)
  const before = `http { server { listen 80; server_name a; ${body} } }`
  const after = `http { server { listen 80; return 308 x; } server { listen 443 ssl; server_name a b; ${body} } }`
  t.deepEqual(
    confChanges(before, after).map(({ block, gone, came }) => [block, gone, came]),
    [
      ['http › server  (80)', [], ['listen 80', 'return 308 x']],
      ['http › server a b (443)', ['listen 80', 'server_name a'], ['listen 443 ssl', 'server_name a b']],
    ],
  )
})

test('a new block is told by the one it is like', (t) => {
  const before = `server { ${location('/', [...many, 'if_not x'])} }`
  const after = `server { ${location('/', [...many, 'if_not x'])} ${location('/new', [...many, 'limit_req y'])} }`
  t.deepEqual(confChanges(before, after), [
    {
      block: 'server  () › location /new',
      gone: [],
      came: ['limit_req y'],
      whole: 'new',
      like: { block: 'server  () › location /', shared: 8, without: ['if_not x'] },
    },
  ])
  t.is(confChanges(before, after.replace('h 8; limit', 'limit'))[0]?.like, undefined, 'seven are not enough')
})

test('what is said about a change: once for many blocks, short for a block that is gone or like another', async (t) => {
  const plain = { red: String, green: String, bold: String, dim: String }
  const before = `server { ${location('/', many)} ${location('/b', ['x'])} }`
  const after = `server { ${location('/', [...many, 'add_header H'])} ${location('/b', ['x', 'add_header H'])} ${location('/c', [...many, 'z'])} }`
  const say = (from: string, to: string) =>
    printDifferences([{ path: 'nginx.conf', kind: 'changed', before: from, after: to }], plain, false)
  t.deepEqual(await say(before, after), [
    'server  () › location /',
    '  and server  () › location /b',
    '  + add_header H',
    'server  () › location /c',
    '  + 8 directives as in location /',
    '    (there, not here: add_header H)',
    '  + z',
  ])
  t.deepEqual((await say(after, before)).slice(3), [
    'server  () › location /c',
    '  - all of it, 9 directives',
  ])
})
