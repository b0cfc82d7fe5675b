// @names that nothing defines.

import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'undefined-named-location',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'A named location is used that the server does not have.',
  why: 'nginx looks for @names only when a request comes: “could not find named location”, and a 500 for everybody. nginx -t passes.',
  visits: ['try_files', 'error_page', 'post_action', 'auth_request'],
  bad: [
    'server { location / { try_files $uri @app; } }',
    'server { error_page 502 @down; location / { root /srv; } }',
    'server { location / { try_files $uri @django; } location @djang0 { uwsgi_pass unix:/run/a.sock; } }',
  ],
  good: [
    'server { location / { try_files $uri @app; } location @app { uwsgi_pass unix:/run/a.sock; } }',
    'server { error_page 502 = @down; location @down { return 503; } }',
    'server { location / { try_files $uri /index.html; } }',
    'server { include app.conf; location / { try_files $uri @app; } }',
    'http { error_page 502 @down; server { location @down { return 503; } } }',
    'location / { try_files $uri @app; }',
  ],
  check(at, { model, report }) {
    const name = at.args.at(-1) ?? ''
    if (!name.startsWith('@') || name.includes('$')) return
    const server = at.within('server')
    if (server === undefined) {
      // Set for every server: each that has no error_page of its own needs the location.
      if (
        at.name !== 'error_page' ||
        !model.tree.whole ||
        model.sites.length === 0 ||
        model.sites.some(
          (site) => unreadAround(site.server) || site.server.all('location').some((one) => one.arg === name),
        )
      )
        return
    } else {
      if (server.assumed || unreadAround(server)) return
      if (server.all('location').some((one) => one.arg === name)) return
    }
    report(at, `there is no location ${name} in this server`, {
      word: at.args.length - 1,
      help: `add location ${name} { … } to the server`,
    })
  },
}
