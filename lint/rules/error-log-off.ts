// error_log off writes a file named off.

import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'error-log-off',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: error_log_off'],
  summary: '`error_log off` writes to a file named off.',
  why: 'Only access_log knows `off`. error_log takes it as a file name, relative to nginx’s prefix, and keeps writing there.',
  visits: ['error_log'],
  bad: ['server { error_log off; }', 'error_log off crit;'],
  good: [
    'server { error_log /dev/null crit; }',
    'server { error_log /var/log/nginx/error.log; }',
    'server { access_log off; }',
  ],
  fixable: true,
  check(at, { report }) {
    if (at.arg !== 'off') return
    report(at, '`off` is taken as a file name', {
      word: 0,
      help: 'error_log /dev/null crit; or better, a real file with a higher level',
      fix: replaceArg(at, 0, at.args.length === 1 ? '/dev/null crit' : '/dev/null'),
    })
  },
}
