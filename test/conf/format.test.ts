import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import fc from 'fast-check'
import { format, formatText, sameTree } from '../../conf/format.ts'
import { parse } from '../../conf/parse.ts'

const formats = test.macro((t, text: string, wanted: string) => {
  t.is(formatText(text), wanted)
  t.is(formatText(wanted), wanted)
})

test(
  'gives every directive a line and every level four spaces',
  formats,
  'http{server{listen 80;location /{return 204;}}}',
  'http {\n    server {\n        listen 80;\n        location / {\n            return 204;\n        }\n    }\n}\n',
)
test('keeps one blank line where there were more', formats, '\n\na;\n\n\n\nb;\n\n', 'a;\n\nb;\n')
test(
  'keeps comments on their lines and behind directives',
  formats,
  '  # x\na;# y \nb {# z\nc;\n# w\n}',
  '# x\na; # y\nb { # z\n    c;\n    # w\n}\n',
)
test('keeps comments inside directives', formats, 'a # x\n  b # y\n ;', 'a # x\n    b # y\n;\n')
test(
  'keeps line breaks between arguments',
  formats,
  "log_format x 'a'\n 'b';",
  "log_format x 'a'\n    'b';\n",
)
test(
  'keeps what is glued to a closing quote',
  formats,
  'if ($a = "b"){return 1;}',
  'if ($a = "b") {\n    return 1;\n}\n',
)
test(
  'aligns the values of a map',
  formats,
  'map $a $b {\ndefault x;\n~^long y;\n}',
  'map $a $b {\n    default x;\n    ~^long  y;\n}\n',
)
test(
  'aligns the values of params',
  formats,
  'uwsgi_param A $a;\nuwsgi_param   LONG $b if_not_empty;',
  'uwsgi_param A    $a;\nuwsgi_param LONG $b if_not_empty;\n',
)
test('writes an empty block on one line', formats, 'events {\n}', 'events {}\n')
test(
  'leaves a Lua block alone',
  formats,
  'content_by_lua_block {\n  a( {1} ) -- }\n }',
  'content_by_lua_block {\n  a( {1} ) -- }\n }\n',
)
test(
  'writes LF line ends and drops what trails',
  formats,
  'a;  \r\n# b\t\r\nc "d\r\ne";\r\n',
  'a;\n# b\nc "d\r\ne";\n',
)

test('does not format a text with faults', (t) => {
  t.is(formatText('a {'), undefined)
})

const word = fc.constantFrom('a', '/b', '"c d"', "'e'", '$f', '~*\\.x$', '"g\nh"', 'listen', 'uwsgi_param')
const gap = fc.constantFrom(' ', '\n', '  ', '\t', ' # c\n', '\n\n\n', '\r\n')
const words = fc.array(fc.tuple(word, gap), { minLength: 1, maxLength: 5 }).map((all) => all.flat().join(''))
const { nodes } = fc.letrec<{ nodes: string; node: string }>((tie) => ({
  nodes: fc.array(fc.tuple(gap, tie('node')), { maxLength: 4 }).map((all) => all.flat().join('')),
  node: fc.oneof(
    { maxDepth: 3 },
    words.map((text) => `${text};`),
    fc.constant('# comment \n'),
    fc
      .tuple(fc.oneof(words, fc.constant('map $a $b ')), tie('nodes'))
      .map(([text, body]) => `${text}{${body}}`),
  ),
}))

test('is idempotent and keeps the tree, on any valid text', (t) => {
  fc.assert(
    fc.property(nodes, (text) => {
      const before = parse(text)
      fc.pre(before.problems.length === 0)
      const once = format(before)
      const after = parse(once)
      return after.problems.length === 0 && sameTree(before, after) && format(after) === once
    }),
    { numRuns: 2000 },
  )
  t.pass()
})

function* confFiles(folder: string): Generator<string> {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* confFiles(path)
    else if (entry.isFile()) yield path
  }
}

test("keeps the tree of every file of this machine's nginx", (t) => {
  for (const path of confFiles('/etc/nginx')) {
    const before = parse(readFileSync(path, 'utf8'), { path })
    if (before.problems.length > 0) continue
    const once = format(before)
    t.true(sameTree(before, parse(once)), path)
    t.is(formatText(once), once, path)
  }
  t.pass()
})
