// root in location / instead of in the server.

import { readLocation } from '../model/location.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'root-in-location',
  severity: 'info',
  confidence: 'low',
  since: '0.1.0',
  default: false,
  topic: 'style',
  alias: ['nginx-lint: root-in-location'],
  summary: 'root stands in location / and not in the server.',
  why: 'Other locations of the server then fall back to nginx’s own html folder.',
  visits: ['root'],
  bad: ['server { location / { root /srv; } }'],
  good: [
    'server { root /srv; location / { try_files $uri =404; } }',
    'server { location /static/ { root /srv; } }',
  ],
  check(at, { report }) {
    const location = at.parent
    if (
      location?.name !== 'location' ||
      location.assumed ||
      readLocation(location).path !== '/' ||
      location.parent?.effective('root') !== undefined
    )
      return
    report(at, 'other locations have no root', { help: 'move it into the server' })
  },
}
