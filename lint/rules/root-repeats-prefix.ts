// root in a location whose path it already ends with.

import { handlerOf } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { segments } from '../model/path.ts'
import type { Statement } from '../model/statement.ts'
import { type Context, type Rule, rewriteHead } from '../rule.ts'

/** What such a location serves is files, and nothing else. */
const ASSETS =
  /^(?:static|staticfiles|static_root|media|assets|uploads?|files|images?|img|css|js|dist|downloads?)$/

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
    'server { root /srv/app/static; location /static/ { expires max; } location / { proxy_pass http://app; } }',
  ],
  good: [
    'server { location /static/ { root /srv/app; } }',
    'server { location /static/ { alias /srv/app/static/; } }',
    'server { root /srv/static; location / { try_files $uri =404; } }',
    'server { location / { root /srv/app/static; } }',
    'server { location /static/ { rewrite ^/static(/.*)$ $1 break; root /srv/app/static; } }',
    'server { location /assets/ { root /srv/app/public; } }',
    'server { root /srv/app/static; location /static/ { alias /srv/app/static/; } }',
    'server { root /srv/app; location /static/ { expires max; } }',
    'server { location /static/admin/ { root /usr/lib/python3/dist-packages/django/contrib/admin; } }',
    'server { root /srv/blog; location /blog/ { try_files $uri /index.php; } }',
  ],
  fixable: true,
  check(at, { report }) {
    const location = at.parent
    if (location?.name === 'server') inherited(at, location, report)
    if (location?.name !== 'location' || location.assumed || at.arg.includes('$')) return
    const { modifier, path } = readLocation(location)
    // Of a regex, the plain beginning: ^/static/.
    const plain = /^~\*?$/.test(modifier) ? (/^\^(\/(?:[\w-]+\/)+)/.exec(path)?.[1] ?? '') : path
    const prefix = segments(plain)
    const root = segments(at.arg)
    const last = prefix.at(-1)
    if (last === undefined || location.has('rewrite')) return
    // Only part of it may well be a folder inside: django/contrib/admin has a static/admin/.
    if (!prefix.every((part, i) => root[root.length - prefix.length + i] === part)) return
    const name = modifier === '=' ? '' : 'x'
    report(
      at,
      `a request for ${plain}${name === '' || plain.endsWith('/') ? name : `/${name}`} looks for ${at.arg.replace(/\/$/, '')}${plain}${name === '' || plain.endsWith('/') ? name : `/${name}`}`,
      {
        word: 0,
        help: `alias ${at.arg.replace(/\/?$/, plain.endsWith('/') ? '/' : '')}; or root ${`/${root.slice(0, root.length - prefix.length).join('/')}`};`,
        ...(modifier === '' || modifier === '^~'
          ? plain.endsWith('/') && !location.has('try_files')
            ? { fix: rewriteHead(at, `alias ${at.arg.replace(/\/?$/, '/')}`) }
            : {}
          : {}),
      },
    )
  },
}

/** `root /srv/app/static;` for the server, and a location /static/ that has no root of its own. */
function inherited(root: Statement, server: Statement, report: Context['report']): void {
  const last = segments(root.arg).at(-1)
  if (last === undefined || root.arg.includes('$')) return
  for (const location of server.all('location')) {
    const { modifier, path } = readLocation(location)
    if (location.assumed || (modifier !== '' && modifier !== '^~') || segments(path)[0] !== last) continue
    if (segments(path).length !== 1 || !ASSETS.test(last) || handlerOf(location) !== undefined) continue
    if (location.has('root', 'alias', 'return', 'rewrite', 'internal', 'location')) continue
    // A fallback takes what is not there.
    if (location.all('try_files').some((one) => !one.args.at(-1)?.startsWith('='))) continue
    report(
      location,
      `a request for ${path.replace(/\/?$/, '/')}x looks for ${root.arg.replace(/\/$/, '')}${path.replace(/\/?$/, '/')}x`,
      {
        help: `alias ${root.arg.replace(/\/?$/, path.endsWith('/') ? '/' : '')}; in this location, or root /${segments(root.arg).slice(0, -1).join('/')}; for the server`,
        confidence: 'medium',
      },
    )
  }
}
