// merge_slashes off.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'merge-slashes-off',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  summary: 'Double slashes lead around location rules.',
  why: 'With merge_slashes off, //admin/ does not match location /admin/ and its deny, but the application, or the file system, takes it for /admin/ all the same.',
  visits: ['merge_slashes'],
  bad: ['server { merge_slashes off; }'],
  good: ['server { merge_slashes on; }'],
  check(at, { report }) {
    if (at.arg === 'off')
      report(at, '//admin/ passes by every location for /admin/', {
        help: 'leave it on; an application that needs // in its paths should take them from the query',
      })
  },
}
