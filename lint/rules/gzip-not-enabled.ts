// No compression.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'gzip-not-enabled',
  severity: 'info',
  confidence: 'low',
  since: '0.1.0',
  default: false,
  topic: 'performance',
  alias: ['nginx-lint: gzip-not-enabled'],
  summary: 'Answers are not compressed.',
  why: 'Text compresses to a quarter. (Behind a CDN that compresses, this is as it should be.)',
  visits: ['http'],
  bad: ['http { server { listen 80; } }'],
  good: [
    'http { gzip on; server { listen 80; } }',
    'http { brotli on; server { listen 80; } }',
    'server { listen 80; }',
  ],
  check(at, { report }) {
    if (at.assumed || at.below().some((one) => /^(?:gzip|brotli|zstd)(?:_static)?$/.test(one.name))) return
    report(at, 'answers are not compressed', {
      help: 'gzip on; gzip_types text/css application/javascript application/json image/svg+xml;',
    })
  },
}
