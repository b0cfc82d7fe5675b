// No limit for request bodies.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'body-size-unlimited',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  summary: 'Request bodies of any size are accepted.',
  why: 'client_max_body_size 0 switches the check off: one client fills the disk under client_body_temp_path, and the application’s memory behind it.',
  visits: ['client_max_body_size'],
  bad: ['server { client_max_body_size 0; }', 'http { client_max_body_size 0m; }'],
  good: [
    'server { client_max_body_size 100m; }',
    'location /v2/ { client_max_body_size 0; proxy_request_buffering off; }',
  ],
  check(at, { report }) {
    if (!/^0+[kmg]?$/i.test(at.arg)) return
    if (at.within('location') !== undefined && at.parent?.effective('proxy_request_buffering')?.arg === 'off')
      return
    report(at, 'request bodies have no limit', {
      word: 0,
      help: 'set the largest size that you mean to take',
    })
  },
}
