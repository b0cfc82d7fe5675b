import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { regexFault } from '../../../conf/check/pcre.ts'
import { readUrl } from '../../../conf/check/url.ts'
import { readTime } from '../../../conf/check/values.ts'
import { verdict } from '../../../conf/check/verdict.ts'
import { allDirectiveNames } from '../../../conf/directives.ts'
import { loadConfText } from '../../../conf/include.ts'

const nothing = { read: () => undefined, list: () => [] }
const check = (text: string): number =>
  verdict(loadConfText(text, 'c.conf', nothing), { nginx: 'latest' }).length

const names = fc.constantFrom(...new Set(allDirectiveNames()))
const word = fc.oneof(
  fc.constantFrom(
    'on',
    '1',
    '1k',
    '$a',
    '${',
    '"',
    "'",
    '~(',
    '=',
    '@x',
    '/',
    '{',
    '}',
    ';',
    '\n',
    '',
    '""',
    '-1',
    'default',
    'unix:',
    '[::',
    '*',
    '0',
    '%',
    '#',
    '\\',
    'a:b',
    '1-',
    '$',
    '(',
    ')',
    '!-f',
    '__proto__',
    'constructor',
    'toString',
  ), // prettier-ignore
  names,
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const nested: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      word,
      fc.constantFrom(
        'http {',
        'server {',
        'location / {',
        'events {}',
        'stream {',
        'mail {',
        'upstream u {',
        'map $a $b {',
        'geo $c {',
        'if ($a) {',
        'types {',
        ';',
        ';',
        '}',
      ),
    ),
    { maxLength: 40 },
  )
  .map((words) => words.join(' '))

test('never throws, whatever the text', (t) => {
  fc.assert(
    fc.property(nested, (text) => check(text) >= 0),
    { numRuns: 300 },
  )
  t.pass()
})

test('never throws for any directive with any words', (t) => {
  for (const name of new Set(allDirectiveNames())) {
    for (const args of [
      '',
      ' ""',
      ' $',
      ' ~',
      ' = =',
      ' a b c d e f g h i j',
      ' :',
      ' unix:',
      ' "( )"',
      ' {}',
      ' $x { $y; }',
      ' zone=',
      ' a=b=c',
    ]) {
      for (const wrap of [
        'events{} http { X server { X location / { X } } }',
        'X stream { X server { X } } mail { X }',
      ]) {
        t.notThrows(
          () => check(wrap.replaceAll('X', `${name}${args}${args.endsWith('}') ? '' : ';'}`)),
          inspect([name, args]),
        )
      }
    }
  }
})

test('readers of patterns, addresses and times take anything', (t) => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 20 }),
        fc
          .array(
            fc.constantFrom(
              '(',
              ')',
              '[',
              ']',
              '?',
              '<',
              '>',
              '\\',
              'a',
              '1',
              '{',
              '}',
              ',',
              '-',
              '^',
              ':',
              '*',
              'P',
              "'",
              '|',
              '&',
              'R',
              'k',
              'g',
              'Q',
              'E',
              '.',
              '/',
              ' ',
              'm',
              's',
            ),
            { maxLength: 12 },
          )
          .map((all) => all.join('')),
      ),
      (text) => {
        regexFault(text)
        readUrl(text, { listen: true })
        readUrl(text, { uriPart: true })
        readTime(text, true)
        return true
      },
    ),
    { numRuns: 3000 },
  )
  t.pass()
})

test('takes a configuration with ten thousand lines in time that grows with it', (t) => {
  const good = readFileSync(join(import.meta.dirname, '../../fixtures/conf/valid/rewrite.conf'), 'utf8')
  const server = /server \{[\s\S]*\}\n\}/.exec(good)?.[0].replace(/\}$/, '') ?? ''
  const cost = (count: number): number => {
    const text = `events {} http { map $uri $new { a b; } ${server.repeat(count)} }`
    const before = process.cpuUsage()
    check(text)
    const { user, system } = process.cpuUsage(before)
    return user + system
  }
  cost(50)
  // Ten times the text at most thirty times the work: quadratic would be a hundred times.
  t.true(cost(400) < 30 * Math.max(cost(40), 2000))
})
