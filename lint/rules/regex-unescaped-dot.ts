// A dot that matches any character.

import type { AST } from '@eslint-community/regexpp'
import { readLocation } from '../model/location.ts'
import { fixedTexts, readRegex, visit } from '../model/regex.ts'
import type { Rule } from '../rule.ts'

/** The text from the dot on, where it was most likely meant as a dot. */
function bareDot(pattern: AST.Pattern): string | undefined {
  let found: string | undefined
  visit(pattern, (node) => {
    if (node.type !== 'Alternative' || found !== undefined) return
    node.elements.forEach((element, i) => {
      if (element.type !== 'CharacterSet' || element.kind !== 'any') return
      const next = node.elements[i + 1]
      const before = node.elements[i - 1]
      const texts = next === undefined ? undefined : fixedTexts(next)
      if (texts === undefined || !texts.every((text) => /^[a-z0-9]/i.test(text))) return
      if (
        before !== undefined &&
        before.type !== 'Character' &&
        before.type !== 'Assertion' &&
        before.type !== 'Group' &&
        before.type !== 'CapturingGroup' &&
        before.type !== 'CharacterSet' &&
        before.type !== 'CharacterClass' &&
        !(before.type === 'Quantifier')
      )
        return
      found = pattern.raw.slice(Math.max(0, element.start - pattern.start), element.start - pattern.start + 8)
    })
  })
  return found
}

export const rule: Rule = {
  name: 'regex-unescaped-dot',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A dot in a regex is not escaped and matches any character.',
  why: '`location ~ .php$` also takes /xphp; `server_name ~^www.example.com$` also answers for wwwxexample.com.',
  visits: ['location', 'server_name'],
  bad: [
    'server { location ~ .php$ { return 403; } }',
    'server { location ~* .(css|js)$ { expires 1d; } }',
    'server { server_name ~^www.example.com$; }',
    'server { location ~ ^/robots.txt$ { return 200; } }',
  ],
  good: [
    'server { location ~ \\.php$ { return 403; } }',
    'server { location ~ ^/x/.+\\.js$ { return 200; } }',
    'server { location ~ ^/(.*)$ { return 200; } }',
    'server { server_name ~^www\\.example\\.com$; }',
    'server { location ~ ^/.*/x$ { return 200; } }',
    'server { location /a.b { return 200; } }',
  ],
  check(at, { report }) {
    const regexes =
      at.name === 'location'
        ? [{ ...readLocation(at), word: at.args.length - 1 }]
        : at.args.map((arg, word) => ({ modifier: arg.startsWith('~') ? '~' : '', path: arg.slice(1), word }))
    for (const { modifier, path, word } of regexes) {
      if (modifier !== '~' && modifier !== '~*') continue
      const { pattern } = readRegex(path, modifier === '~*')
      const dot = pattern === undefined ? undefined : bareDot(pattern)
      if (dot !== undefined)
        report(at, `the dot in “${dot}” matches any character`, { word, help: 'write \\.' })
    }
  },
}
