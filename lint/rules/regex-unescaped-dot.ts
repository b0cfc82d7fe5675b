// A dot that matches any character.

import type { AST } from '@eslint-community/regexpp'
import { readLocation } from '../model/location.ts'
import { readRegex, visit } from '../model/regex/read.ts'
import { fixedTexts } from '../model/regex/texts.ts'
import { conditionRegex } from '../model/taint/captures.ts'
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

const domainDot = (source: string): string | undefined => {
  const { pattern } = readRegex(source, true)
  return pattern === undefined ? undefined : bareDot(pattern)
}

export const rule: Rule = {
  name: 'regex-unescaped-dot',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A dot in a regex is not escaped and matches any character.',
  why: '`location ~ .php$` also takes /xphp; `server_name ~^www.example.com$` also answers for wwwxexample.com.',
  visits: ['location', 'server_name', 'map', 'if'],
  bad: [
    'server { location ~ .php$ { return 403; } }',
    'server { location ~* .(css|js)$ { expires 1d; } }',
    'server { server_name ~^www.example.com$; }',
    'server { location ~ ^/robots.txt$ { return 200; } }',
    'map $host $own { default 0; ~^www.example.com$ 1; }',
    'server { if ($host ~ ^www.example.com$) { return 301 https://example.com$request_uri; } }',
  ],
  good: [
    'server { location ~ \\.php$ { return 403; } }',
    'server { location ~ ^/x/.+\\.js$ { return 200; } }',
    'server { location ~ ^/(.*)$ { return 200; } }',
    'server { server_name ~^www\\.example\\.com$; }',
    'server { location ~ ^/.*/x$ { return 200; } }',
    'server { location /a.b { return 200; } }',
    'map $host $own { default 0; "~^www\\.example\\.com$" 1; www.example.org 1; }',
    'map $http_user_agent $bot { default 0; ~bot.js 1; }',
  ],
  check(at, { report }) {
    if (at.name === 'map') {
      // Of maps, those that look at names of hosts and sites.
      if (
        !/^\$\{?(?:host|http_host|server_name|ssl_server_name|ssl_preread_server_name|http_origin|http_referer)\}?$/i.test(
          at.arg,
        )
      )
        return
      for (const entry of at.entries) {
        const dot = entry.name.startsWith('~') ? domainDot(entry.name.replace(/^~\*?/, '')) : undefined
        if (dot !== undefined)
          report(entry, `the dot in “${dot}” matches any character`, { help: 'write \\.' })
      }
      return
    }
    if (at.name === 'if') {
      const own = conditionRegex(at)
      const dot =
        own !== undefined && /^(?:host|http_host|server_name)$/.test(own.subject)
          ? domainDot(own.regex.source)
          : undefined
      if (dot !== undefined) report(at, `the dot in “${dot}” matches any character`, { help: 'write \\.' })
      return
    }
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
