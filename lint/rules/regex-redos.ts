// Regexes that one request can keep busy for ages.

import { readLocation } from '../model/location.ts'
import { readRegex } from '../model/regex/read.ts'
import { ReDos } from '../model/regex/redos.ts'
import type { Statement } from '../model/statement.ts'
import { readCondition } from '../model/value.ts'
import type { Rule } from '../rule.ts'

function regexesOf(
  at: Statement,
): { source: string; ignoreCase: boolean; word: number | undefined; on: Statement }[] {
  switch (at.name) {
    case 'location': {
      const { modifier, path } = readLocation(at)
      return modifier === '~' || modifier === '~*'
        ? [{ source: path, ignoreCase: modifier === '~*', word: at.args.length - 1, on: at }]
        : []
    }
    case 'if': {
      const test = readCondition(at.args)
      return test !== undefined && /^!?~\*?$/.test(test.operator)
        ? [{ source: test.value, ignoreCase: test.operator.endsWith('*'), word: test.word, on: at }]
        : []
    }
    case 'rewrite':
      return [{ source: at.arg, ignoreCase: false, word: 0, on: at }]
    case 'map':
      return at.entries
        .filter((entry) => entry.name.startsWith('~'))
        .map((entry) => ({
          source: entry.name.replace(/^~\*?/, ''),
          ignoreCase: entry.name.startsWith('~*'),
          word: undefined,
          on: entry,
        }))
    default:
      return at.args.flatMap((arg, word) =>
        arg.startsWith('~') ? [{ source: arg.replace(/^~\*?/, ''), ignoreCase: true, word, on: at }] : [],
      )
  }
}

export const rule: Rule = {
  name: 'regex-redos',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: regex_redos'],
  summary: 'A regex takes exponential time on some requests.',
  why: 'PCRE tries every way to split the text between repetitions that overlap. Thirty characters are enough for a billion steps, and the worker process answers nobody meanwhile.',
  visits: ['location', 'if', 'rewrite', 'map', 'server_name', 'valid_referers'],
  bad: [
    'location ~ ^/((ab)+)+/files$ { return 200; }',
    'location ~ "^/(.*a){12}$" { return 200; }',
    'server { location ~ ^/(a+)+$ { return 204; } }',
    'server { rewrite ^/([a-z]+)*/x$ /y; }',
    'location / { if ($http_user_agent ~ "^(([a-z])+.)+[A-Z]([a-z])+$") { return 403; } }',
    'map $uri $x { default 0; "~^/(\\w|\\d)+$" 1; }',
    'server { location ~ ^/(.*)*\\.html$ { return 204; } }',
  ],
  good: [
    'location ~ "^/([^/]+/){6}x$" { return 200; }',
    'location ~ ^/((ab)+/)+files$ { return 200; }',
    'server { location ~ ^/(a+)$ { return 204; } }',
    'server { location ~ ^/(?:[a-z]+/)*[0-9]+$ { return 204; } }',
    'server { location ~ \\.(?:css|js)$ { return 204; } }',
    'server { location ~ ^/x(?:/[^/]+)?$ { return 204; } }',
    'server { rewrite ^/(.*)/(.*)$ /$1-$2; }',
    'server { location ~ ^/(?>a+)+$ { return 204; } }',
  ],
  check(at, { report }) {
    for (const { source, ignoreCase, word, on } of regexesOf(at)) {
      const found = ReDos.find(readRegex(source, ignoreCase))
      if (found === undefined) continue
      report(on, `matching takes exponential time: ${found}`, {
        ...(word === undefined ? {} : { word }),
        help: 'let the parts exclude each other ([^/]+ between slashes), or drop the outer repetition',
      })
    }
  },
}
