// A location inside one with a *_pass, which does not get it.

import { handlerOf, PASSES, passOf } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { hasUnread } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const OWN = [
  'return',
  'root',
  'alias',
  'try_files',
  'internal',
  'index',
  'dav_methods',
  'autoindex',
  'random_index',
]

export const rule: Rule = {
  name: 'handler-not-inherited',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A nested location does not inherit the *_pass around it.',
  why: 'proxy_pass, uwsgi_pass and their kin hold only in the location they stand in. A nested `location ~ \\.css$ { expires 1d; }` serves files from root instead: 404 for what the application would have answered.',
  visits: ['location'],
  bad: [
    'server { location / { uwsgi_pass unix:/run/a.sock; location ~ \\.css$ { expires 1d; } } }',
    'server { location /api/ { proxy_pass http://app; location /api/admin/ { allow 10.0.0.0/8; deny all; } } }',
  ],
  good: [
    'server { location / { uwsgi_pass unix:/run/a.sock; location ~ \\.css$ { uwsgi_pass unix:/run/a.sock; expires 1d; } } }',
    'server { location / { uwsgi_pass unix:/run/a.sock; location /static/ { alias /srv/static/; } } }',
    'server { location / { proxy_pass http://app; location ~ /\\. { deny all; } } }',
    'server { location / { proxy_pass http://app; location = /x { return 204; } } }',
    'server { location /a/ { location /a/b/ { expires 1d; } } }',
    'server { location / { proxy_pass http://app; location /x/ { include app.conf; } } }',
  ],
  check(at, { report }) {
    const outer = at.parent
    if (
      outer?.name !== 'location' ||
      outer.assumed ||
      at.has(...OWN) ||
      handlerOf(at) !== undefined ||
      hasUnread(at)
    )
      return
    const pass = passOf(outer)
    if (pass === undefined || at.all('location').length > 0) return
    const denies = at.all('deny').some((one) => one.arg === 'all') && !at.has('allow')
    if (denies || at.all('rewrite').some((one) => one.args[2] !== 'break')) return
    if (at.all('if').some((one) => PASSES.some((name) => one.has(name)))) return
    const { modifier, path } = readLocation(at)
    const forFiles = (modifier === '~' || modifier === '~*') && /\\\./.test(path)
    // With a root around, static files may be what is meant: still a place to look at.
    const maybe = forFiles && outer.parent?.effective('root') !== undefined
    report(at, `${pass.name} of the location around is not inherited: this one serves files`, {
      ...(maybe ? { severity: 'warning' as const, confidence: 'medium' as const } : {}),
      help: `repeat ${pass.name} ${pass.arg}; here`,
    })
  },
}
