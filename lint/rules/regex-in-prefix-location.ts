// A regex in a location that is none.

import { readLocation } from '../model/location.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'regex-in-prefix-location',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['nginx-linter: strict-location'],
  summary: 'A location without ~ contains regex characters.',
  why: 'Without ~ nginx takes *, $, ( and \\ as they are: `location /api/* { … }` answers only for paths that begin with “/api/*”.',
  visits: ['location'],
  bad: [
    'server { location /api/* { return 200; } }',
    'server { location ^/admin { return 200; } }',
    'server { location /files/(.*) { return 200; } }',
    'server { location = /x$ { return 200; } }',
    'server { location \\.php$ { return 403; } }',
    'server { location /a|/b { return 200; } }',
  ],
  good: [
    'server { location /api/ { return 200; } }',
    'server { location ~ ^/files/(.*)$ { return 200; } }',
    'server { location /a+b/ { return 200; } }',
    'server { location ^~ /x/ { return 200; } }',
    'server { location /c++/ { return 200; } }',
    'server { location /favicon.ico { return 200; } }',
  ],
  check(at, { report }) {
    if (at.assumed) return
    const { modifier, path } = readLocation(at)
    if (modifier === '~' || modifier === '~*' || modifier === '@') return
    if (!/[*\\|^]|\$$|\((?:\.|\?|\w+\|)|\[[\w-]+\]|\.\+/.test(path)) return
    report(at, `“${path}” is compared letter by letter, as no ~ stands before it`, {
      word: at.args.length - 1,
      help: /^[/\w.-]*\*$/.test(path)
        ? `a prefix needs no star: location ${path.replace(/\*$/, '')}`
        : `location ~ ${path}, if a regex is meant`,
    })
  },
}
