// Whatever is written, nginx reads one argument with exactly that text: proven by conf/'s tokenizer.
import test from 'ava'
import fc from 'fast-check'
import { Tokenizer } from '../../conf/tokenize.ts'
import { arg, comment, expr, text } from '../../generate/arg.ts'

function words(line: string): string[] {
  const tokenizer = new Tokenizer(line)
  const out: string[] = []
  for (let token = tokenizer.next(); token.kind !== 'end'; token = tokenizer.next()) {
    out.push(token.kind === 'word' ? token.value : `<${token.kind}>`)
  }
  return tokenizer.problems.length > 0 ? [...out, ...tokenizer.problems.map((p) => p.message)] : out
}

const hostile = [
  '',
  ' ',
  'plain',
  'a b',
  'a;b',
  'a{b',
  '}',
  '{',
  '#x',
  'x#y',
  '"',
  "'",
  '\'"',
  '"; } evil {',
  "'; return 200 x; '",
  '\\',
  '\\\\',
  'a\\',
  '\\"',
  "\\'",
  '\\n',
  'line\nbreak',
  'cr\r\nlf',
  '\t',
  '$',
  '$host',
  '$' + '{host}',
  '${',
  'a$',
  '~^/x{2}$',
  '/\\.(?!well-known/)',
  'é',
  '😀',
  '\u2028',
  'a"b\'c',
  '<script>',
  '%00',
  '*/',
  'server_name x;',
]

for (const [index, value] of hostile.entries()) {
  test(`hostile text ${index} reads back as one argument: ${JSON.stringify(value)}`, (t) => {
    t.deepEqual(words(`directive ${arg(value)};`), ['directive', value, '<;>'])
  })
}

test('any text at all reads back as one argument', (t) => {
  const pieces = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\\', '"', "'", '$', '{', '}', ';', '#', ' ', '\n', 't', 'n'),
  )
  const value = fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('').replaceAll('\0', ''))
  fc.assert(
    fc.property(value, (one) => {
      if (Buffer.byteLength(one) > 2000) return
      t.deepEqual(words(`d ${arg(one)} tail;`), ['d', one, 'tail', '<;>'])
    }),
    { numRuns: 2000 },
  )
})

test('a dollar sign of a literal is written as the variable that holds one', (t) => {
  t.deepEqual(words(`d ${text('price: 5$ $host', 'sign')};`), ['d', `price: 5\${sign} \${sign}host`, '<;>'])
  t.deepEqual(words(`d ${text(expr('$host'), 'sign')};`), ['d', '$host', '<;>'])
})

test('a comment cannot end its line', (t) => {
  t.is(comment('a\nevil;\r\u2028b'), 'a evil; b')
})

test('refuses a zero byte and a text longer than nginx reads', (t) => {
  t.throws(() => arg('a\0b'), { code: 'GENERATE_UNQUOTABLE' })
  t.notThrows(() => arg('a'.repeat(4000)))
  t.throws(() => arg('a'.repeat(4001)), { code: 'GENERATE_UNQUOTABLE' })
  t.notThrows(() => arg(' '.repeat(3998)))
  t.throws(() => arg(' '.repeat(3999)), { code: 'GENERATE_UNQUOTABLE' })
})
