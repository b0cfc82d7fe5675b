// Everybody may say which address he has.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'real-ip-trusts-all',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'Any client may choose its own address.',
  why: 'set_real_ip_from names the proxies whose X-Forwarded-For is believed. With 0.0.0.0/0 everybody’s is: allow and deny, rate limits, logs and bans work on an address that the client made up.',
  visits: ['set_real_ip_from'],
  bad: [
    'http { set_real_ip_from 0.0.0.0/0; real_ip_header X-Forwarded-For; }',
    'server { set_real_ip_from ::/0; }',
    'server { set_real_ip_from 0.0.0.0/1; set_real_ip_from 128.0.0.0/1; }',
  ],
  good: [
    'http { set_real_ip_from 10.0.0.0/8; real_ip_header X-Forwarded-For; }',
    'server { set_real_ip_from unix:; }',
    'server { set_real_ip_from 192.0.2.1; }',
  ],
  check(at, { report }) {
    if (!/^(?:0\.0\.0\.0|::|\[::\]|0)(?:\/0+)$|^\d+\.\d+\.\d+\.\d+\/[01]$|^[\da-f:]+\/[01]$/i.test(at.arg))
      return
    report(at, `${at.arg} believes every client’s X-Forwarded-For`, {
      word: 0,
      help: 'list the addresses of your own proxies',
    })
  },
}
