// underscores_in_headers on, in front of WSGI.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'underscores-in-headers',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'python',
  summary: 'Headers with underscores are let through.',
  why: 'WSGI and CGI write X-Forwarded-Proto and X_Forwarded_Proto as the same HTTP_X_FORWARDED_PROTO. nginx drops headers with underscores for that reason; let through, a client can set what nginx was trusted to set.',
  visits: ['underscores_in_headers'],
  bad: ['http { underscores_in_headers on; }'],
  good: ['http { underscores_in_headers off; }'],
  check(at, { report }) {
    if (at.arg === 'on')
      report(at, 'X_Real_IP from the client reaches the application as X-Real-IP', {
        word: 0,
        help: 'underscores_in_headers off; and rename the header that needs it',
      })
  },
}
