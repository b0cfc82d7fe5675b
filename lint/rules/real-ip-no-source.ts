// real_ip_header without anyone to believe.

import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'real-ip-no-source',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'real_ip_header is set, but no proxy is trusted.',
  why: 'Without set_real_ip_from the header is never read: $remote_addr stays the proxy’s, one rate limit holds for all visitors, and one ban bans everybody.',
  visits: ['real_ip_header'],
  bad: [
    'http { real_ip_header X-Forwarded-For; }',
    'server { real_ip_header CF-Connecting-IP; location / { root /srv; } }',
  ],
  good: [
    'http { set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For; }',
    'http { set_real_ip_from 10.0.0.0/8; server { real_ip_header X-Real-IP; } }',
    'http { include cloudflare.conf; real_ip_header CF-Connecting-IP; }',
    'http { real_ip_header X-Forwarded-For; server { set_real_ip_from 10.0.0.1; } }',
    'location / { real_ip_header X-Forwarded-For; }',
  ],
  check(at, { report }) {
    const block = at.parent
    if (
      block === undefined ||
      block.assumed ||
      block.effective('set_real_ip_from') !== undefined ||
      unreadAround(block)
    )
      return
    if (block.below('set_real_ip_from').length > 0) return
    if (block.name === 'location' && at.within('server')?.assumed) return
    report(at, `${at.arg} is never read, as no set_real_ip_from names a proxy`, {
      help: 'set_real_ip_from <address of the proxy>;',
    })
  },
}
