// A location with a final slash and an alias without.

import { isPrefixLocation, readLocation } from '../model/location.ts'
import { looksLikeFile } from '../model/path.ts'
import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'alias-slash-mismatch',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['nginx-lint: alias-location-slash-mismatch'],
  summary: 'The location ends with a slash and the alias does not.',
  why: 'nginx joins the two without a slash: `location /static/ { alias /srv/static; }` looks for /srv/staticx.css instead of /srv/static/x.css. Every file is a 404.',
  visits: ['alias'],
  bad: [
    'server { location /static/ { alias /srv/app/static; } }',
    'server { location ^~ /media/ { alias /srv/media; } }',
  ],
  good: [
    'server { location /static/ { alias /srv/app/static/; } }',
    'server { location /static { alias /srv/app/static; } }',
    'server { location = /x/ { alias /srv/x; } }',
    'server { location /app/ { alias /srv/app/index.html; } }',
    'server { location /s/ { alias /srv/$host; } }',
  ],
  fixable: true,
  check(at, { report }) {
    const location = at.parent
    if (location?.name !== 'location' || location.assumed || !isPrefixLocation(location)) return
    const { path } = readLocation(location)
    if (!path.endsWith('/') || at.arg.endsWith('/') || /\$\w+\}?$/.test(at.arg) || looksLikeFile(at.arg))
      return
    const raw = at.node?.args[0]?.raw ?? ''
    report(at, `${path}x is looked for at ${at.arg}x`, {
      word: 0,
      help: `alias ${at.arg}/;`,
      fix: replaceArg(at, 0, /["']$/.test(raw) ? `${raw.slice(0, -1)}/${raw.slice(-1)}` : `${raw}/`),
    })
  },
}
