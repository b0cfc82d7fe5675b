// proxy_pass with a URI part: nginx decodes and normalises what it passes on.

import { readTarget } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'proxy-pass-normalized',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'proxy',
  alias: ['gixy: proxy_pass_normalized', 'nginx-lint: proxy-pass-with-uri'],
  summary: 'proxy_pass with a path sends a decoded and normalised path upstream.',
  why: 'With anything behind the host, even a slash, nginx decodes %2F, resolves .. and joins slashes before it passes the path on: the application sees another path than the client sent and than access rules in front were written for.',
  visits: ['proxy_pass'],
  bad: [
    'server { location /api/ { proxy_pass http://app/; } }',
    'server { location / { proxy_pass http://app/base/; } }',
    'server { location ~ ^/x/(.*)$ { proxy_pass http://app/$1; } }',
    'server { location / { if ($a) { rewrite ^ $request_uri; } proxy_pass http://app/; } }',
    'server { location / { set $uri_suffix /foo; rewrite ^ $request_uri; proxy_pass http://app/$uri_suffix; } }',
    'server { location /1/ { rewrite ^ $request_uri; rewrite ^/1(/.*) $1 break; return 400; proxy_pass http://app/; } }',
  ],
  good: [
    'server { location /api/ { proxy_pass http://app; } }',
    'server { location = /health { proxy_pass http://app/live; } }',
    'server { location / { proxy_pass http://app$request_uri; } }',
    'server { location /1/ { rewrite ^ $request_uri; rewrite ^/1(/.*) $1 break; return 400; proxy_pass http://app/$1; } }',
    'stream { server { listen 1; proxy_pass app:1; } }',
  ],
  check(at, { model, report }) {
    if (at.module === 'stream' || at.within('location') === undefined) return
    if (model.tree.whole && !model.isOpen(at)) return
    const location = at.within('location')
    if (location === undefined || (!location.assumed && readLocation(location).modifier === '=')) return
    const { path } = readTarget(at)
    const raw = (one: Statement): boolean => one.arg === '^' && /^\$\{?request_uri\b/i.test(one.args[1] ?? '')
    const sure = location.all('rewrite').some(raw)
    // Undecoded only when the condition holds: what is escaped twice then depends on the request.
    const sometimes =
      !sure && location.all('if').some((one) => one.all('rewrite').some(raw) && !one.has('proxy_pass'))
    if (path === undefined) {
      // `http://app$uri`: a decoded path by name.
      if (!/\$\{?(?:document_)?uri\}?(?![a-z_0-9])/i.test(at.arg) && !sometimes) return
    }
    if (/\$\{?request_uri\b/i.test(at.arg)) return
    if (sure && /\$\{?(?:[1-9]|(?:document_)?uri)\}?(?![a-z_0-9])/i.test(at.arg)) return
    report(
      at,
      `the path goes upstream decoded and normalised because ${path === undefined ? '$uri' : `"${path}"`} follows the host`,
      {
        word: 0,
        help: 'leave everything behind the host out where the application can serve the whole path; else know that %2F and .. arrive decoded',
      },
    )
  },
}
