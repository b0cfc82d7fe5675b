// A regex for static files takes requests away from a prefix location.

import { handlerOf } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { matches } from '../model/regex/matches.ts'
import { readRegex } from '../model/regex/read.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

const FILES = [
  'css',
  'js',
  'png',
  'jpg',
  'jpeg',
  'gif',
  'svg',
  'ico',
  'woff2',
  'woff',
  'ttf',
  'webp',
  'pdf',
  'txt',
  'html',
  'mp4',
  'zip',
  'json',
  'map',
].map((extension) => `x.${extension}`)

/** Where the files of this location lie, as one comparable text. */
const filesOf = (location: Statement): string =>
  location.first('alias')?.arg ?? `root ${location.effective('root')?.arg ?? ''}`

const refuses = (location: Statement): boolean =>
  location.all('deny').some((one) => one.arg === 'all') || /^4/.test(location.first('return')?.arg ?? '')

export const rule: Rule = {
  name: 'prefix-shadowed-by-regex',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A regex location takes the files of a prefix location.',
  why: 'Regex locations win over prefix locations, however long, unless the prefix says ^~. With `location ~* \\.(css|js)$` beside it, `location /static/ { alias …; }` never sees a .css: it is looked for under the regex’s root, and is a 404.',
  visits: ['location'],
  bad: [
    'server { root /srv/www; location /static/ { alias /srv/app/static/; } location ~* \\.(?:css|js|png)$ { expires 7d; } location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { location /media/ { root /srv/data; } location ~ \\.jpg$ { root /srv/www; } }',
    'server { root /srv/www; location /api/ { proxy_pass http://app; } location ~* \\.(js|css)$ { expires 1d; } }',
  ],
  good: [
    'server { root /srv/www; location ^~ /static/ { alias /srv/app/static/; } location ~* \\.(?:css|js|png)$ { expires 7d; } }',
    'server { root /srv/www; location /static/ { expires 1d; } location ~* \\.css$ { expires 7d; } }',
    'server { location /static/ { alias /srv/static/; } location ~ \\.php$ { fastcgi_pass unix:/run/php.sock; } }',
    'server { location /static/ { alias /srv/static/; location ~* \\.css$ { expires 7d; } } }',
    'server { root /srv/www; location / { proxy_pass http://app; } location ~* \\.(js|css)$ { expires 1d; } }',
    'server { location /static/ { alias /srv/static/; } location ~ /\\. { deny all; } }',
    'server { location /api/ { proxy_pass http://app; } location ~* \\.(js|css)$ { proxy_pass http://app; expires 1d; } }',
  ],
  check(at, { report }) {
    const { modifier, path } = readLocation(at)
    if (modifier !== '' || at.parent === undefined || at.assumed || path === '/' || !path.startsWith('/'))
      return
    const pass = handlerOf(at)
    if (pass === undefined && !at.has('alias', 'root')) return
    if (at.has('return')) return
    for (const other of at.parent.all('location')) {
      const match = readLocation(other)
      if ((match.modifier !== '~' && match.modifier !== '~*') || refuses(other)) continue
      const regex = readRegex(match.path, match.modifier === '~*')
      const folder = path.endsWith('/') ? path : `${path}/`
      const taken = FILES.map((file) => folder + file).find((file) => matches(regex, file))
      // A regex written for this very prefix is meant to win.
      if (taken === undefined || match.path.replace(/\\/g, '').includes(path.replace(/\/$/, ''))) continue
      const theirs = handlerOf(other)
      if (pass === undefined && theirs === undefined && filesOf(at) === filesOf(other)) continue
      if (
        theirs !== undefined &&
        (pass === undefined ? theirs.name === 'fastcgi_pass' : theirs.arg === pass.arg)
      )
        continue
      if (pass !== undefined && other.has('try_files')) continue
      const where = other.node?.name.span.start.line
      report(
        at,
        `${taken} is answered by location ${other.args.join(' ')}${where === undefined ? '' : ` (line ${where})`}, not here`,
        {
          help: `write location ^~ ${path}`,
          ...(pass === undefined ? {} : { severity: 'info' as const, confidence: 'medium' as const }),
        },
      )
      return
    }
  },
}
