// ssl on.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'ssl-on-deprecated',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: ['nginx-lint: ssl-on-deprecated'],
  summary: '`ssl on` is deprecated, and unknown since 1.25.1.',
  why: 'It turns TLS on for every socket of the server, port 80 too. `listen … ssl` says which ones; from 1.25.1 on nginx does not start with the old directive.',
  visits: ['ssl'],
  bad: ['server { listen 443; ssl on; }'],
  good: ['server { listen 443 ssl; }', 'server { listen 80; ssl off; }'],
  check(at, { report }) {
    if (at.arg === 'on')
      report(at, '`ssl on` is deprecated, and gone in nginx 1.25.1', { help: 'listen 443 ssl;' })
  },
}
