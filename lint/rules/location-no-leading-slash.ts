// A location that begins with something else than a slash.

import { readLocation } from '../model/location.ts'
import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'location-no-leading-slash',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A location does not begin with a slash and matches nothing.',
  why: 'Every path begins with a slash. `location static/ { … }` passes nginx -t and is never asked.',
  visits: ['location'],
  bad: [
    'server { location static/ { root /srv; } }',
    'server { location = favicon.ico { root /srv; } }',
    'server { location ^~ media/ { root /srv; } }',
    'server { location .php { return 403; } }',
  ],
  good: [
    'server { location /static/ { root /srv; } }',
    'server { location ~ \\.php$ { return 403; } }',
    'server { location @app { return 200; } }',
    'server { location ~*^/x { return 200; } }',
    'server { location "/a b" { return 200; } }',
  ],
  fixable: true,
  check(at, { report }) {
    if (at.assumed || at.args.length === 0) return
    const { modifier, path } = readLocation(at)
    if (modifier === '~' || modifier === '~*' || modifier === '@' || path.startsWith('/') || path === '')
      return
    // Regex characters are the other rule's finding.
    if (/[\\^$*()|[\]]/.test(path)) return
    const word = at.args.length - 1
    const raw = at.node?.args[word]?.raw ?? path
    const plain = at.args.length > 1 || modifier === ''
    report(at, `${path} matches nothing: paths begin with a slash`, {
      word,
      help: `location ${modifier === '' ? '' : `${modifier} `}/${path}`,
      ...(plain && !/^["']/.test(raw) ? { fix: replaceArg(at, word, `/${raw}`) } : {}),
    })
  },
}
