// try_files under an alias with a regex.

import { readLocation } from '../model/location.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'alias-with-try-files',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'try_files does not find files under the alias of a regex location.',
  why: 'In a regex location the alias is the whole path, and try_files puts the request path behind it once more: /srv/files/a.txt/download/a.txt. Every file is a 404. (Under a prefix location the two work together.)',
  visits: ['try_files'],
  bad: [
    'server { location ~ ^/download/(.*)$ { alias /srv/files/$1; try_files $uri =404; } }',
    'server { location ~* ^/s/(?<f>.+)$ { alias /srv/s/$f; try_files $uri @app; } location @app { return 404; } }',
  ],
  good: [
    'server { location /download/ { alias /srv/files/; try_files $uri =404; } }',
    'server { location ~ ^/download/(.*)$ { root /srv; try_files /files/$1 =404; } }',
    'server { location ~ ^/download/(.*)$ { alias /srv/files/$1; } }',
    'server { location ~ ^/d/(.*)$ { alias /srv/files/; try_files $1 =404; } }',
  ],
  check(at, { report }) {
    const location = at.parent
    if (location?.name !== 'location' || !/^~\*?$/.test(readLocation(location).modifier)) return
    const alias = location.effective('alias')
    if (alias === undefined || alias.parent?.name !== 'location') return
    if (
      !at.args.slice(0, -1).some((arg) => /\$\{?(?:uri|request_uri|document_uri)/.test(arg)) &&
      !alias.arg.includes('$')
    )
      return
    report(at, `files are looked for at ${alias.arg}$uri`, {
      help: 'drop try_files (a missing file is a 404 anyway), or use root and try_files with the capture',
    })
  },
}
