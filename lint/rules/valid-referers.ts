// valid_referers that let requests without a Referer through.

import { type Rule, removeArg } from '../rule.ts'

export const rule: Rule = {
  name: 'valid-referers',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: valid_referers'],
  summary: 'valid_referers accepts requests without a Referer.',
  why: '`none` makes a missing Referer valid, `blocked` one without a scheme. Any page can leave its Referer out (Referrer-Policy: no-referrer), so the check stops nobody who means harm.',
  visits: ['valid_referers'],
  bad: [
    'valid_referers none server_names *.example.com;',
    'valid_referers none blocked example.com;',
    'valid_referers blocked server_names;',
  ],
  good: ['valid_referers server_names *.example.com ~\\.google\\.;'],
  check(at, { report }) {
    at.args.forEach((value, word) => {
      if (value !== 'none' && value !== 'blocked') return
      report(
        at,
        `\`${value}\` accepts requests whose Referer is ${value === 'none' ? 'missing' : 'without a scheme'}`,
        {
          word,
          help: 'leave it out if the check protects anything; keep it only against plain hot-linking',
          severity: value === 'none' ? 'warning' : 'info',
          fix: removeArg(at, word),
        },
      )
    })
  },
}
