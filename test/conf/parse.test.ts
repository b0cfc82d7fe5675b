// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are nginx's variables
import test from 'ava'
import fc from 'fast-check'
import type { ConfFile, Directive } from '../../conf/node.ts'
import { NESTING_LIMIT, parse } from '../../conf/parse.ts'
import { print } from '../../conf/print.ts'
import { walk } from '../../conf/walk.ts'

const PIECES = [
  'server',
  'location',
  'if',
  '{',
  '}',
  ';',
  ' ',
  '\n',
  '\r\n',
  '\t',
  '"',
  "'",
  '\\',
  '#',
  '$',
  '${',
  '(',
  ')',
  '~*',
  '/static/',
  '*_by_lua_block',
  'content_by_lua_block {',
  '--',
  '[[',
  ']]',
  '[=[',
  '\uFEFF',
  'é',
  '日',
  '😀',
  '\0',
  '\v',
  'map $a $b {',
  'listen 80;',
  '# x }\n',
  'return 200 "a b";',
  '\ud800',
]

const garbage = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(''))

test('prints any text of configuration pieces back unchanged', (t) => {
  fc.assert(
    fc.property(garbage, (text) => print(parse(text)) === text),
    { numRuns: 3000 },
  )
  t.pass()
})

test('prints any text at all back unchanged', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => print(parse(text)) === text),
    { numRuns: 2000 },
  )
  t.pass()
})

test('places every word where its raw text stands', (t) => {
  fc.assert(
    fc.property(garbage, (text) => {
      const lines = text.split('\n')
      for (const directive of walk(parse(text))) {
        for (const word of [directive.name, ...directive.args]) {
          const { start, end } = word.span
          if (text.slice(start.offset, end.offset) !== word.raw) return false
          if (
            !(lines[start.line - 1] as string).startsWith(word.raw.split('\n')[0] as string, start.column - 1)
          )
            return false
        }
      }
      return true
    }),
    { numRuns: 1000 },
  )
  t.pass()
})

/** `name(arg,arg){…}` for each directive, so that a tree is one line. */
function draw(file: ConfFile): string {
  const one = (directive: Directive): string => {
    const args = directive.args.map((arg) => `[${arg.value}]`).join('')
    const block = directive.block
    const body = block === undefined ? '' : `{${block.rawBody ?? all(block.children)}}`
    return `${directive.name.value}${args}${body}`
  }
  const all = (nodes: ConfFile['children']): string =>
    nodes.map((node) => (node.kind === 'comment' ? node.text : one(node))).join(' ')
  return all(file.children)
}

const reads = test.macro((t, text: string, tree: string) => {
  const file = parse(text)
  t.is(draw(file), tree)
  t.deepEqual(file.problems, [])
  t.is(print(file), text)
})

test('reads a directive', reads, 'user www-data;', 'user[www-data]')
test('reads blocks', reads, 'http { server { } }', 'http{server{}}')
test('reads CRLF and tabs as white space', reads, 'a\tb\r\nc;\r\n', 'a[b][c]')
test('takes a vertical tab as part of a word', reads, 'env\vX;', 'env\vX')
test('ends a bare word at an opening brace', reads, 'location /a{}', 'location[/a]{}')
test('keeps a closing brace inside a bare word', reads, 'return 200 a};', 'return[200][a}]')
test('reads ${var} as one piece', reads, 'return 200 a${b}c;', 'return[200][a${b}c]')
test('ends a word at a brace that no dollar stands before', reads, 'if $a{}', 'if[$a]{}')
test(
  'takes quotes off and keeps what is in them',
  reads,
  `add_header X "a b; {c} # d";`,
  'add_header[X][a b; {c} # d]',
)
test('takes a quote inside a word as a character', reads, `a b"c d";`, 'a[b"c][d"]')
test(
  'unescapes quotes, backslashes and t, r, n only',
  reads,
  String.raw`a "\"\'\\\t\d" \';`,
  `a["'\\\t\\d][']`,
)
test(
  'reads an escaped brace and semicolon as part of a word',
  reads,
  String.raw`a b\{c\;d;`,
  String.raw`a[b\{c\;d]`,
)
test('reads a line end inside quotes', reads, 'a "b\nc";', 'a[b\nc]')
test('reads a parenthesis behind a closing quote as a word', reads, 'if ($a = "b"){}', 'if[($a][=][b][)]{}')
test('reads quoted names of directives', reads, '"user" "x";', 'user[x]')
test('reads a comment only at the start of a word', reads, 'a b#c; # d\n', 'a[b#c] # d')
test('keeps comments between arguments out of the arguments', reads, 'a # x\n b # y;\n;', 'a[b]')
test('reads entries of a map', reads, 'map $a $b { default ""; ~^x "y"; }', 'map[$a][$b]{default[] ~^x[y]}')
test(
  'reads a Lua block raw, braces in strings and comments not counted',
  reads,
  `content_by_lua_block { local a = {"}"} -- }\n --[[ } ]] x = [=[ } ]=] y = '\\'}' } a b;`,
  `content_by_lua_block{ local a = {"}"} -- }\n --[[ } ]] x = [=[ } ]=] y = '\\'}' } a[b]`,
)
test(
  'takes the word as an argument for no Lua block',
  reads,
  'a content_by_lua_block { b c; }',
  'a[content_by_lua_block]{b[c]}',
)

const refuses = test.macro((t, text: string, wanted: string[], tree?: string) => {
  const file = parse(text)
  t.deepEqual(
    file.problems.map(({ message, span }) => `${span.start.line}:${span.start.column} ${message}`),
    wanted,
  )
  if (tree !== undefined) t.is(draw(file), tree)
  t.is(print(file), text)
})

test(
  'reports a missing semicolon before }',
  refuses,
  'a {\n b c\n}\nd e;',
  ['3:1 unexpected "}"'],
  'a{b[c]} d[e]',
)
test(
  'reports a missing semicolon at the end',
  refuses,
  'a b\n',
  ['2:1 unexpected end of file, expecting ";" or "}"'],
  'a[b]',
)
test('reports a missing }', refuses, 'a {\n b c;\n', ['3:1 unexpected end of file, expecting "}"'], 'a{b[c]}')
test('reports a } too many and reads on', refuses, 'a { }\n}\nb c;', ['2:1 unexpected "}"'], 'a{} b[c]')
test('reports stray semicolons', refuses, ';a b;;', ['1:1 unexpected ";"', '1:6 unexpected ";"'], 'a[b]')
test('reports a block without a name', refuses, '{ a b; }', ['1:1 unexpected "{"'], '{a[b]}')
test('reports text glued to a closing quote', refuses, 'a "b"c;', ['1:6 unexpected "c"'], 'a[b][c]')
test('reports a comment glued to a closing quote', refuses, 'a "b"#c\n;', ['1:6 unexpected "#"'])
test(
  'reports a quote that never closes and reads on after its line',
  refuses,
  'a "b;\nc d;\ne {\n',
  ['4:1 unexpected end of file, expecting ";" or "}"'],
  'a[b] c[d] e{}',
)
test(
  'reports several faults in the order of the file',
  refuses,
  'a {\n b "c"d;\n e f\n}\n}\ng {',
  [
    '2:7 unexpected "d"',
    '4:1 unexpected "}"',
    '5:1 unexpected "}"',
    '6:4 unexpected end of file, expecting "}"',
  ],
  'a{b[c][d] e[f]} g{}',
)
test(
  'reports a byte order mark and reads on',
  refuses,
  '\uFEFFuser x;',
  ['1:1 unknown directive "\\xEF\\xBB\\xBF"'],
  'user[x]',
)

const long = (count: number): string => 'a'.repeat(count)
const started = ['1:5 too long parameter "aaaaaaaaaa..." started']

test('takes a word of 4095 bytes before a semicolon', reads, `env ${long(4095)};`, `env[${long(4095)}]`)
test('refuses a word of 4096 bytes', refuses, `env ${long(4096)};`, started)
test('takes a word of 4094 bytes before white space', reads, `env ${long(4094)} ;`, `env[${long(4094)}]`)
test('refuses a word of 4095 bytes before white space', refuses, `env ${long(4095)} ;`, started)
test(
  'takes a quoted word of 4093 bytes before white space',
  reads,
  `env "${long(4093)}" ;`,
  `env[${long(4093)}]`,
)
test('refuses a quoted word of 4094 bytes before white space', refuses, `env "${long(4094)}" ;`, started)
test('names the quote when 4096 bytes stand in it', refuses, `env "${long(4096)}" ;`, [
  '1:5 too long parameter, probably missing terminating """ character',
])
test('counts bytes, not characters', refuses, `env ${'é'.repeat(2048)};`, [
  `1:5 too long parameter "${'é'.repeat(10)}..." started`,
])
test('refuses a comment that fills the buffer', refuses, `#${long(4095)}\na b;`, [
  '1:1 too long parameter "#aaaaaaaaa..." started',
])
test('takes a comment that just fits', reads, `#${long(4094)}\na b;`, `#${long(4094)} a[b]`)

test('reads blocks as deep as the limit', (t) => {
  const text = 'a {'.repeat(NESTING_LIMIT) + '}'.repeat(NESTING_LIMIT)
  t.deepEqual(parse(text).problems, [])
})

test('refuses blocks one deeper than the limit, and loses nothing', (t) => {
  const text = 'a {'.repeat(NESTING_LIMIT + 1) + '}'.repeat(NESTING_LIMIT + 1)
  const file = parse(text)
  t.deepEqual(
    file.problems.map(({ code }) => code),
    ['nested-too-deep'],
  )
  t.is(print(file), text)
})

test('survives a hundred thousand braces', (t) => {
  const text = '{'.repeat(100_000)
  t.is(print(parse(text)), text)
})

test('says where an unclosed block was opened', (t) => {
  const [problem] = parse('http {\n server {\n').problems
  t.deepEqual(
    problem?.related?.map(({ message, span }) => `${span.start.line} ${message}`),
    ['2 "server" is opened here and never closed', '1 "http" is opened here and never closed'],
  )
})

test('keeps the line of the terminator, which nginx names', (t) => {
  const [node] = parse('server_name a\n  b\n  ;').children
  t.is((node as Directive).stop.line, 3)
})
