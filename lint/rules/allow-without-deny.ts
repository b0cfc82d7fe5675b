// allow without a deny.

import { guardDirectives } from '../model/guards.ts'
import { hasUnread } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'allow-without-deny',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: allow_without_deny'],
  summary: 'allow without deny lets everybody in.',
  why: 'allow and deny are read in order until one matches; when none does, access is granted. A list of allowed addresses protects nothing until `deny all;` ends it.',
  visits: ['allow'],
  bad: [
    'location /admin/ { allow 10.0.0.0/8; proxy_pass http://app; }',
    'server { allow 192.168.0.0/16; location / { root /srv; } }',
    'server { deny all; location /admin/ { allow 10.0.0.0/8; root /srv; } }',
    'location / { satisfy any; allow 10.0.0.0/8; root /srv; }',
    'location / { satisfy any; allow 10.0.0.0/8; auth_basic off; root /srv; }',
  ],
  good: [
    'location /adm { allow 10.0.0.1; include deny.conf; }',
    'location /admin/ { allow 10.0.0.0/8; deny all; proxy_pass http://app; }',
    'location / { satisfy any; allow 10.0.0.0/8; auth_basic "x"; auth_basic_user_file /f; }',
    'server { deny 10.0.0.0/8; location /public/ { allow all; root /srv; } }',
    'location / { satisfy any; allow 10.0.0.0/8; auth_request /check; }',
  ],
  check(at, { report }) {
    const block = at.parent
    if (block === undefined || block.first('allow') !== at) return
    if (block.has('deny') || hasUnread(block)) return
    // `allow all` alone says what happens.
    if (block.all('allow').some((one) => one.arg === 'all')) return
    if (block.all('allow').every((one) => one.arg === 'unix:')) return
    const anyOf = block.effective('satisfy')?.arg === 'any'
    if (
      anyOf &&
      guardDirectives.some((name) => {
        const auth = block.effective(name)
        return auth !== undefined && auth.arg !== 'off'
      })
    )
      return
    const outer = block.parent?.effectiveAll('deny') ?? []
    report(
      at,
      outer.length > 0
        ? 'these allow lines replace the outer rules, its deny among them: everybody is let in'
        : 'nothing is denied: everybody is let in',
      {
        help: 'end the list with `deny all;`',
      },
    )
  },
}
