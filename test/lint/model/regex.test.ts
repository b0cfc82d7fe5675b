// What the rules ask of a regex: what it says in JavaScript, its groups, characters, anchors and texts.
import test from 'ava'
import { holds } from '../../../lint/model/chars.ts'
import { anchored, anchoredEnd, anchoredStart } from '../../../lint/model/regex/anchors.ts'
import { groupChars } from '../../../lint/model/regex/holds.ts'
import { MAX_TEXT, matches } from '../../../lint/model/regex/matches.ts'
import { MAX_PATTERN, readRegex } from '../../../lint/model/regex/read.ts'
import { sample } from '../../../lint/model/regex/texts.ts'
import { translate } from '../../../lint/model/regex/translate.ts'

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
