// alias in a regex location, without a capture.

import { readLocation } from '../model/location.ts'
import { looksLikeFile } from '../model/path.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'alias-regex-no-capture',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'An alias in a regex location names one path for all requests.',
  why: 'A regex has no prefix that nginx could cut off: the alias is the whole path. `location ~ ^/static/ { alias /srv/static/; }` answers every request with that folder: 403, or its index page.',
  visits: ['alias'],
  bad: [
    'server { location ~ ^/static/ { alias /srv/static/; } }',
    'server { location ~* \\.(css|js)$ { alias /srv/static/; } }',
    'server { location ~ ^/media/(.*)$ { alias /srv/media; } }',
  ],
  good: [
    'server { location ~ ^/static/(.*)$ { alias /srv/static/$1; } }',
    'server { location /static/ { alias /srv/static/; } }',
    'server { location ~ ^/favicon\\.(ico|png)$ { alias /srv/favicon.ico; } }',
  ],
  check(at, { report }) {
    const location = at.parent
    if (location?.name !== 'location' || location.assumed || !/^~\*?$/.test(readLocation(location).modifier))
      return
    if (at.arg.includes('$') || looksLikeFile(at.arg)) return
    report(at, `every request of this location gets ${at.arg} itself`, {
      word: 0,
      help: 'capture the rest: location ~ ^/static/(.*)$ { alias /srv/static/$1; }; or better, a prefix location',
    })
  },
}
