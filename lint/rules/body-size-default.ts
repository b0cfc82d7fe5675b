// Uploads over one megabyte are refused.

import { PASSES } from '../model/handler.ts'
import { unknownAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'body-size-default',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'python',
  alias: ['nginx-lint: client-max-body-size-not-set'],
  summary: 'client_max_body_size is not set in front of an application.',
  why: 'The default is 1 MB: a larger upload gets “413 Request Entity Too Large” from nginx, and the application never hears of it.',
  visits: ['server'],
  bad: [
    'server { listen 80; location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { listen 80; location / { proxy_set_header Host $host; proxy_pass http://127.0.0.1:8000; } }',
  ],
  good: [
    'server { listen 80; client_max_body_size 20m; location / { uwsgi_pass unix:/run/a.sock; } }',
    'http { client_max_body_size 20m; server { listen 80; location / { uwsgi_pass unix:/run/a.sock; } } }',
    'server { listen 80; location /upload/ { client_max_body_size 20m; uwsgi_pass unix:/run/a.sock; } location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { listen 80; root /srv; }',
    'server { listen 127.0.0.1:80; location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { listen 80; location / { proxy_pass https://api.example.com; } }',
  ],
  check(at, { model, report }) {
    const site = model.siteOf(at)
    if (site === undefined || site.module !== 'http' || !site.open || at.assumed || unknownAround(at)) return
    const inner = at.below()
    const passes = inner.filter(
      (one) =>
        (PASSES as readonly string[]).includes(one.name) &&
        one.name !== 'memcached_pass' &&
        !/https:\/\//.test(one.arg),
    )
    if (
      passes.length === 0 ||
      at.effective('client_max_body_size') !== undefined ||
      inner.some((one) => one.name === 'client_max_body_size')
    )
      return
    report(at, 'uploads over 1 MB are refused with 413', {
      help: 'client_max_body_size 20m; (what the largest form of the application needs)',
    })
  },
}
