// A location for X-Accel-Redirect that clients can ask for themselves.

import { handlerOf } from '../model/handler.ts'
import { readLocation } from '../model/location.ts'
import { segments } from '../model/path.ts'
import type { Rule } from '../rule.ts'

const NAMES =
  /^(?:.*[-_])?(?:protected|private|internal|accel|x-accel|xaccel|sendfile|x-sendfile|secure|secret)(?:[-_].*)?$/i
const GUARDS = [
  'internal',
  'auth_basic',
  'auth_request',
  'auth_jwt',
  'deny',
  'secure_link',
  'js_access',
  'access_by_lua_block',
  'return',
  'limit_except',
]

export const rule: Rule = {
  name: 'x-accel-not-internal',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'A location with protected files is open to everybody.',
  why: 'The application checks who may read a file and answers X-Accel-Redirect: /protected/… Without `internal` anyone asks for /protected/… directly and no check is made.',
  visits: ['location'],
  bad: [
    'server { location /protected/ { alias /srv/files/; } }',
    'server { location /private-media/ { root /srv; } }',
    'server { location ~ ^/protected/(.*)$ { alias /srv/files/$1; } }',
    'server { location ^~ /internal/ { alias /srv/x/; } }',
  ],
  good: [
    'server { location /protected/ { internal; alias /srv/files/; } }',
    'server { location /private/ { proxy_pass http://app; } }',
    'server { location /private/ { auth_request /check; alias /srv/x/; } }',
    'server { location /media/ { alias /srv/media/; } }',
    'server { location /internal/ { allow 10.0.0.0/8; deny all; alias /srv/x/; } }',
  ],
  check(at, { report }) {
    if (
      at.assumed ||
      ['=', '@'].includes(readLocation(at).modifier) ||
      handlerOf(at) !== undefined ||
      !at.has('alias', 'root')
    )
      return
    if (!segments(readLocation(at).path.replace(/\(.*|[\\^$]/g, '')).some((part) => NAMES.test(part))) return
    for (const level of at.up()) {
      if (level.name === 'server' && level.has('auth_basic', 'auth_request', 'deny', 'ssl_verify_client'))
        return
      if (level.name === 'location' && level.has(...GUARDS)) return
    }
    report(at, `${readLocation(at).path} can be requested by everybody`, { help: 'add `internal;`' })
  },
}
