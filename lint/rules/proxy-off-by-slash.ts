// proxy_pass with a path, under a location whose end does not fit.

import { readTarget } from '../model/handler.ts'
import { isPrefixLocation, readLocation } from '../model/location.ts'
import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'proxy-off-by-slash',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'proxy',
  summary: 'The location and the path of proxy_pass do not end alike.',
  why: 'nginx replaces the location’s text by the path. `location /api { proxy_pass http://app/; }` passes /api/x on as //x, and /api../x as /../x: a way out of the folder that was meant. The other way round, /api/x becomes /v1x.',
  visits: ['proxy_pass'],
  bad: [
    'server { location /api { proxy_pass http://app/; } }',
    'server { location /api { proxy_pass http://127.0.0.1:8000/v1/; } }',
    'server { location /api/ { proxy_pass http://app/v1; } }',
    'server { location /x { proxy_pass http://unix:/run/a.sock:/; } }',
  ],
  good: [
    'server { location /api/ { proxy_pass http://app/; } }',
    'server { location /api { proxy_pass http://app; } }',
    'server { location = /api { proxy_pass http://app/; } }',
    'server { location / { proxy_pass http://app/; } }',
    'server { location /api { proxy_pass http://app/v1; } }',
    'server { location /api/ { proxy_pass http://app/x?u=; } }',
    'server { location /api { rewrite ^/api/?(.*)$ /$1 break; proxy_pass http://app; } }',
  ],
  fixable: true,
  check(at, { report }) {
    const location = at.parent
    if (
      location?.name !== 'location' ||
      location.assumed ||
      !isPrefixLocation(location) ||
      at.arg.includes('$')
    )
      return
    const uri = readTarget(at).path
    const { path } = readLocation(location)
    if (uri === undefined || path === '/' || path === '' || /[?#]/.test(uri) || location.has('rewrite'))
      return
    if (!path.endsWith('/') && uri.endsWith('/')) {
      report(at, `${path}/x goes upstream as ${uri}/x, and ${path}../x as ${uri}../x`, {
        word: 0,
        help: `location ${path}/`,
        fix: replaceArg(location, location.args.length - 1, `${path}/`),
      })
    } else if (path.endsWith('/') && !uri.endsWith('/')) {
      report(at, `${path}x goes upstream as ${uri}x`, {
        word: 0,
        severity: 'warning',
        help: `proxy_pass ${at.arg}/;`,
        fix: replaceArg(at, 0, `${at.node?.args[0]?.raw ?? at.arg}/`),
      })
    }
  },
}
