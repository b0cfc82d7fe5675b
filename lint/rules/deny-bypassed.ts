// A guarded prefix location whose files a regex location hands out.

import { handlerOf, isInternal } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { matches } from '../model/regex/matches.ts'
import { readRegex } from '../model/regex/read.ts'
import type { Statement } from '../model/statement.ts'
import { type Rule, rewriteHead } from '../rule.ts'

const GUARDS = ['deny', 'auth_basic', 'auth_request', 'auth_jwt', 'internal', 'secure_link']
const FILES = ['x.php', 'x.css', 'x.js', 'x.jpg', 'x.pdf', 'x.html', 'x.zip', 'x.png', 'x.txt']

const guarded = (block: Statement): boolean =>
  GUARDS.some((name) => block.all(name).some((one) => one.arg !== 'off'))

const sameTarget = (a: Statement, b: Statement | undefined): boolean =>
  b !== undefined && a.name.endsWith('_pass') && a.name === b.name && a.arg === b.arg

export const rule: Rule = {
  name: 'deny-bypassed',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  summary: 'A regex location answers for paths that a guarded prefix location should refuse.',
  why: 'Regex locations win over prefix locations. `location /private/ { deny all; }` does not stop /private/x.php when `location ~ \\.php$` stands in the same server.',
  visits: ['location'],
  bad: [
    'server { location /private/ { deny all; } location ~ \\.php$ { fastcgi_pass unix:/run/php.sock; } }',
    'server { root /srv; location /reports/ { auth_basic x; auth_basic_user_file /f; } location ~* \\.(pdf|jpg)$ { expires 1d; } }',
    'server { location /admin/ { allow 10.0.0.0/8; deny all; uwsgi_pass app; } location ~ \\.html$ { uwsgi_pass app; } location / { uwsgi_pass app; } }',
  ],
  good: [
    'server { location /ops/ { auth_basic x; auth_basic_user_file /f; proxy_pass http://app; } location ~* \\.css$ { root /srv; } }',
    'server { location /ops/ { deny all; proxy_pass http://app; } location ~ \\.html$ { proxy_pass http://static; } }',
    'server { location ^~ /private/ { deny all; } location ~ \\.php$ { fastcgi_pass unix:/run/php.sock; } }',
    'server { deny all; location /private/ { deny all; } location ~ \\.php$ { fastcgi_pass unix:/run/php.sock; } }',
    'server { location /private/ { deny all; } location ~ \\.php$ { deny all; } }',
    'server { location / { auth_basic x; auth_basic_user_file /f; } location ~ \\.css$ { root /srv; } }',
    'server { location /admin/ { allow 10.0.0.0/8; deny all; } location ~ /\\.ht { deny all; } }',
  ],
  fixable: true,
  check(at, { report }) {
    const { modifier, path } = readLocation(at)
    if (
      modifier !== '' ||
      path === '/' ||
      at.parent === undefined ||
      at.assumed ||
      !guarded(at) ||
      at.has('alias')
    )
      return
    const handler = handlerOf(at)
    for (const other of at.parent.all('location')) {
      const match = readLocation(other)
      if ((match.modifier !== '~' && match.modifier !== '~*') || isInternal(other)) continue
      // Paths of an application are given away only by handing them to the same application.
      if (handler !== undefined && !sameTarget(handler, handlerOf(other))) continue
      if (
        /^4/.test(other.first('return')?.arg ?? '') ||
        other.up().some((level) => level.name !== '' && guarded(level))
      )
        continue
      const folder = path.endsWith('/') ? path : `${path}/`
      const taken = FILES.map((file) => folder + file).find((file) =>
        matches(readRegex(match.path, match.modifier === '~*'), file),
      )
      if (taken === undefined || match.path.replace(/\\/g, '').includes(path.replace(/\/$/, ''))) continue
      report(at, `${taken} is answered by location ${other.args.join(' ')}, without this guard`, {
        help: `write location ^~ ${path}`,
        fix: at.args.length === 1 ? rewriteHead(at, `location ^~ ${at.node?.args[0]?.raw ?? path}`) : [],
      })
      return
    }
  },
}
