// Whatever the text: the linter answers, with places that lie in the text.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { loadConfText } from '../../conf/include.ts'
import { lintConf } from '../../lint/lint.ts'
import { rules } from '../../lint/rules.generated.ts'

const folder = join(import.meta.dirname, '../fixtures/conf/lint')
const severities = Object.fromEntries(rules.map((rule) => [rule.name, rule.severity]))
const reader = { read: () => undefined, list: () => [] }

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state % limit
  }
}

const ODD = [
  '{',
  '}',
  ';',
  '$',
  '${',
  '~',
  '"',
  "'",
  '\\',
  '#',
  '$1',
  '(',
  ')',
  '[',
  '^~ ',
  '= ',
  '@x ',
  'if ',
  'map $a $b ',
  '~(',
  'unix:',
  '\u0000',
  '“',
  '\n',
  'a'.repeat(5000),
  '$'.repeat(50),
  '~*(?<n>',
  '*/0',
]

function mutate(text: string, next: (limit: number) => number): string {
  const words = text.split(/(\s+|[;{}])/)
  for (let i = 0; i < 3; i++) {
    const at = next(words.length)
    const kind = next(4)
    if (kind === 0) words.splice(at, 1)
    else if (kind === 1) words.splice(at, 0, ODD[next(ODD.length)] as string)
    else if (kind === 2) words[at] = ODD[next(ODD.length)] as string
    else words.splice(at, 0, words[next(words.length)] as string)
  }
  return words.join('')
}

for (const name of readdirSync(folder)) {
  test(`${name} broken in a hundred ways is answered`, (t) => {
    const text = readFileSync(join(folder, name), 'utf8')
    const next = random(name.length)
    for (let i = 0; i < 100; i++) {
      const broken = mutate(text, next)
      const lines = broken.split('\n').length
      for (const nginx of ['1.22.1', '1.31.0']) {
        const { findings } = lintConf(loadConfText(broken, name, reader), rules, { nginx, severities })
        t.true(
          findings.every(
            (one) =>
              one.line >= 1 &&
              one.line <= lines + 1 &&
              one.column >= 1 &&
              one.help !== '' &&
              one.message !== '',
          ),
        )
      }
    }
  })
}

test('directives without the arguments they need are answered', (t) => {
  const names = [...new Set(rules.flatMap((rule) => rule.visits))].filter(
    (name) => name !== '' && name !== '*',
  )
  for (const tail of [';', ' {}', ' "";', ' $;', ' ~;', ' ~ (;']) {
    for (const name of names) {
      const text = `http { server { location / { ${name}${tail} } ${name}${tail} } ${name}${tail} }`
      t.notThrows(
        () => lintConf(loadConfText(text, 'x', reader), rules, { nginx: '1.22.1', severities }),
        text,
      )
    }
  }
})

test('regexes made to be slow are answered', (t) => {
  const nasty = [
    `(${'a?'.repeat(200)})*${'a'.repeat(200)}`,
    `${'('.repeat(100)}a+${')+'.repeat(100)}`,
    '(?:.*a)*b',
    `(?:${'x|'.repeat(300)}y)*z`,
    '^(([a-z]+)*([0-9]+)*)*'.repeat(8),
  ]
  for (const regex of nasty) {
    const text = `map $http_origin $c { default ""; "~${regex}" $http_origin; } server { add_header Access-Control-Allow-Origin $c; location ~ "${regex}" { alias /x/$1; } location /a/ { alias /b/; } location ~ "${regex}$" { return 200; } if ($http_referer !~ "${regex}") { return 403; } }`
    t.notThrows(() => lintConf(loadConfText(text, 'x', reader), rules, { nginx: '1.22.1', severities }))
  }
})
