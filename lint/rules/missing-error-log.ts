// No error_log.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'missing-error-log',
  severity: 'info',
  confidence: 'low',
  since: '0.1.0',
  default: false,
  topic: 'style',
  alias: ['nginx-lint: missing-error-log'],
  summary: 'error_log is not set.',
  why: 'The place of the log is then what nginx was compiled with.',
  visits: [''],
  bad: ['events { } http { server { listen 80; } }'],
  good: [
    'error_log /var/log/nginx/error.log; events { } http { server { listen 80; } }',
    'server { listen 80; }',
  ],
  check(root, { model, report }) {
    if (!model.tree.whole || root.has('error_log') || model.named('error_log').length > 0) return
    const http = root.first('http')
    if (http !== undefined)
      report(http, 'error_log is not set', { help: 'error_log /var/log/nginx/error.log;' })
  },
}
