// uwsgi_buffering off for a whole site.

import { readLocation } from '../model/location.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'uwsgi-buffering-off',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'python',
  summary: 'Buffering of the application’s answers is off for the whole site.',
  why: 'A worker of the application is then busy until the slowest client has read the last byte: a handful of slow clients stop the site. It belongs only into locations that stream.',
  visits: ['uwsgi_buffering', 'fastcgi_buffering', 'scgi_buffering'],
  bad: [
    'server { uwsgi_buffering off; location / { uwsgi_pass unix:/run/a.sock; } }',
    'location / { uwsgi_buffering off; uwsgi_pass unix:/run/a.sock; }',
  ],
  good: [
    'location /events/ { uwsgi_buffering off; uwsgi_pass unix:/run/a.sock; }',
    'location / { uwsgi_pass unix:/run/a.sock; }',
    'location = /stream { uwsgi_buffering off; uwsgi_pass unix:/run/a.sock; }',
  ],
  check(at, { report }) {
    if (at.arg !== 'off') return
    const location = at.within('location')
    if (location !== undefined && !location.assumed) {
      const { modifier, path } = readLocation(location)
      if (modifier === '=' || modifier === '@' || !/^(?:\/|\^?\/?(?:\.\*|\(\.\*\))?\$?)$/.test(path)) {
        if (modifier !== '@') return
      }
    }
    report(
      at,
      `${at.name} off ${location === undefined ? `in ${at.parent?.name}` : 'for the whole site'} lets slow clients keep the application’s workers busy`,
      {
        help: 'move it into the location that streams; or let the application send X-Accel-Buffering: no',
      },
    )
  },
}
