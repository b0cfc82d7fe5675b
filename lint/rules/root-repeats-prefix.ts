// root in a location whose path it already ends with.

import { readLocation } from '../model/location.ts'
import { segments } from '../model/path.ts'
import { type Rule, rewriteHead } from '../rule.ts'

export const rule: Rule = {
  name: 'root-repeats-prefix',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'root ends with the location’s own path, so every file is looked for twice as deep.',
  why: 'nginx puts the whole request path behind root. `location /static/ { root /srv/app/static; }` looks for /srv/app/static/static/x.css: 404 for everything. alias leaves the location’s part out.',
  visits: ['root'],
  bad: [
    'server { location /static/ { root /srv/app/static; } }',
    'server { location /static { root /srv/app/static/; } }',
    'server { location /media/photos/ { root /srv/media/photos; } }',
    'server { location ~ ^/static/.*\\.css$ { root /srv/app/static; } }',
    'server { location = /favicon.ico { root /srv/app/favicon.ico; } }',
  ],
  good: [
    'server { location /static/ { root /srv/app; } }',
    'server { location /static/ { alias /srv/app/static/; } }',
    'server { root /srv/static; location / { try_files $uri =404; } }',
    'server { location / { root /srv/app/static; } }',
    'server { location /static/ { rewrite ^/static(/.*)$ $1 break; root /srv/app/static; } }',
    'server { location /assets/ { root /srv/app/public; } }',
  ],
  fixable: true,
  check(at, { report }) {
    const location = at.parent
    if (location?.name !== 'location' || location.assumed || at.arg.includes('$')) return
    const { modifier, path } = readLocation(location)
    // Of a regex, the plain beginning: ^/static/.
    const plain = /^~\*?$/.test(modifier) ? (/^\^(\/(?:[\w-]+\/)+)/.exec(path)?.[1] ?? '') : path
    const prefix = segments(plain)
    const root = segments(at.arg)
    const last = prefix.at(-1)
    if (last === undefined || root.at(-1) !== last || location.has('rewrite')) return
    const whole =
      prefix.length <= root.length &&
      prefix.every((part, i) => root[root.length - prefix.length + i] === part)
    const name = modifier === '=' ? '' : 'x'
    report(
      at,
      `a request for ${plain}${name === '' || plain.endsWith('/') ? name : `/${name}`} looks for ${at.arg.replace(/\/$/, '')}${plain}${name === '' || plain.endsWith('/') ? name : `/${name}`}`,
      {
        word: 0,
        help: `alias ${at.arg.replace(/\/?$/, plain.endsWith('/') ? '/' : '')}; or root ${`/${root.slice(0, whole ? root.length - prefix.length : -1).join('/')}`};`,
        ...(modifier === '' || modifier === '^~'
          ? whole && plain.endsWith('/') && !location.has('try_files')
            ? { fix: rewriteHead(at, `alias ${at.arg.replace(/\/?$/, '/')}`) }
            : {}
          : {}),
      },
    )
  },
}
