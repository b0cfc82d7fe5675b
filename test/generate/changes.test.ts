import test from 'ava'
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
    { block: 'http › server a (80) › location /old', gone: ['return 404'], came: [] },
  ])
})

test('a line that stands there twice may go once', (t) => {
  t.deepEqual(confChanges('a { b; b; }', 'a { b; }'), [{ block: 'a', gone: ['b'], came: [] }])
})
