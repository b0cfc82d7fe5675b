// limit_except that limits nothing.

import { authDirectives } from '../model/guards.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'limit-except-open',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['postern: limit_except-open'],
  summary: 'limit_except does not refuse the other methods.',
  why: 'The block holds for all methods but the named ones, and must say what happens to them. Without deny or authentication in it, they are let through.',
  visits: ['limit_except'],
  bad: [
    'location / { limit_except GET { } }',
    'location / { limit_except GET POST { allow 10.0.0.0/8; } }',
    'location / { limit_except GET { allow all; } }',
    'location / { limit_except GET { auth_basic off; } }',
    'location / { limit_except GET { deny 192.0.2.1; } }',
    'location / { limit_except GET { allow all; deny all; } }',
  ],
  good: [
    'location / { limit_except GET { deny all; } }',
    'location / { limit_except GET POST { allow 10.0.0.0/8; deny all; } }',
    'location / { limit_except GET { auth_basic x; auth_basic_user_file /f; } }',
    'location / { limit_except GET { return 405; } }',
  ],
  check(at, { report }) {
    if (at.has('return', 'include')) return
    if (authDirectives.some((name) => at.all(name).some((one) => one.arg !== 'off'))) return
    // The first line that fits decides.
    const all = at.children.find((one) => (one.name === 'allow' || one.name === 'deny') && one.arg === 'all')
    if (all?.name === 'deny') return
    report(at, `methods other than ${at.args.join(', ')} are let through`, {
      help: 'put `deny all;` into the block',
    })
  },
}
