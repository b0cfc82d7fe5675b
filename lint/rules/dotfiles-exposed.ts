// .git, .env and the like under a served root.

import { handlerOf } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { matches } from '../model/regex/matches.ts'
import { readRegex } from '../model/regex/read.ts'
import type { Statement } from '../model/statement.ts'
import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

/** The packages' own folders: nothing is deployed into them by git. */
const STOCK =
  /^(?:html|\/usr\/share\/nginx\/html|\/var\/www\/html|\/var\/www\/letsencrypt|\/var\/www\/(?:_letsencrypt|certbot|acme))\/?$/

function refusesDotfiles(server: Statement): boolean {
  return server.below().some((one) => {
    if (one.name === 'if') return /\\?\/\\?\\\./.test(one.args.join(' '))
    if (one.name === 'rewrite') return /\\\.(?:git|env|ht)/.test(one.arg)
    if (one.name !== 'location') return false
    const { modifier, path } = readLocation(one)
    const refuses =
      one.all('deny').some((rule) => rule.arg === 'all') ||
      one.has('internal') ||
      /^4/.test(one.first('return')?.arg ?? '')
    if (!refuses) return false
    if (modifier === '~' || modifier === '~*') {
      const regex = readRegex(path, modifier === '~*')
      return ['/.git/config', '/.env', '/.htaccess'].some((file) => matches(regex, file))
    }
    return path.startsWith('/.')
  })
}

export const rule: Rule = {
  name: 'dotfiles-exposed',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  summary: 'Nothing keeps .git, .env and other hidden files from being downloaded.',
  why: 'nginx serves hidden files like any other. A deployment by git leaves .git behind, which holds the whole source; .env holds the passwords. Scanners ask for both all day.',
  visits: ['server'],
  bad: [
    'server { listen 80; root /srv/app/public; location / { try_files $uri $uri/ =404; } }',
    'server { listen 80; location / { root /home/me/site; } }',
  ],
  good: [
    'server { listen 80; root /srv/app/public; location ~ /\\. { deny all; } location / { try_files $uri =404; } }',
    'server { listen 80; root /srv/app; location ~ /\\.git { return 404; } }',
    'server { listen 80; root /var/www/html; location / { try_files $uri =404; } }',
    'server { listen 80; root /srv/app; location / { uwsgi_pass unix:/run/a.sock; } }',
    'server { listen 80; location /static/ { alias /srv/static/; } }',
    'server { listen 127.0.0.1:80; root /srv/app; }',
    'server { listen 80; root /srv/app; return 301 https://example.com/; }',
  ],
  check(at, { model, report }) {
    const site = model.siteOf(at)
    if (site === undefined || site.module !== 'http' || !site.open || at.has('return') || unreadAround(at))
      return
    const home = at
      .all('location')
      .find((one) => readLocation(one).path === '/' && ['', '^~'].includes(readLocation(one).modifier))
    const place = home ?? at
    const root = place.effective('root')
    if (root === undefined || place.has('alias', 'return', 'internal') || STOCK.test(root.arg)) return
    const tries = place.first('try_files')
    const handled =
      handlerOf(place) !== undefined ||
      (home === undefined &&
        at
          .all('location')
          .some(
            (one) =>
              handlerOf(one) !== undefined &&
              !/^\/./.test(readLocation(one).path) &&
              readLocation(one).modifier === '',
          ))
    if (
      handled ||
      (tries !== undefined &&
        !tries.args.slice(0, -1).some((arg) => /\$\{?(?:uri|request_filename)/.test(arg)))
    )
      return
    if (refusesDotfiles(at)) return
    const where = root.parent === at || root.within('server') === at ? root : at
    report(where, `${root.arg}/.git and ${root.arg}/.env would be served`, {
      help: 'location ~ /\\.(?!well-known/) { deny all; }',
    })
  },
}
