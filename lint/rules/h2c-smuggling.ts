// Upgrade and Connection passed on as the client sent them.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'h2c-smuggling',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['semgrep: possible-h2c-smuggling'],
  summary: 'Clients can upgrade the connection to the application to anything.',
  why: 'With both headers copied from the client, “Upgrade: h2c” reaches the application. If it agrees, nginx becomes a blind tunnel: what follows passes no location, no deny and no limit any more.',
  visits: ['proxy_set_header'],
  bad: [
    'location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; proxy_pass http://app; }',
    'server { proxy_set_header Connection $http_connection; proxy_set_header upgrade $http_upgrade; location / { proxy_pass http://app; } }',
  ],
  good: [
    'location / { proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade"; proxy_pass http://app; }',
    'location / { proxy_set_header Upgrade websocket; proxy_set_header Connection $http_connection; proxy_pass http://app; }',
    'location / { proxy_set_header Connection $http_connection; proxy_pass http://app; }',
    'location / { if ($http_upgrade != "websocket") { return 400; } proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; proxy_pass http://app; }',
  ],
  check(at, { model, report }) {
    if (at.arg.toLowerCase() !== 'connection' || !/^\$\{?http_connection\}?$/i.test(at.args[1] ?? '')) return
    const upgrade = at.parent?.all('proxy_set_header').find((one) => one.arg.toLowerCase() === 'upgrade')
    if (upgrade === undefined || !/\$\{?http_upgrade/i.test(upgrade.args[1] ?? '')) return
    const taint = model.taint('http_upgrade', upgrade)
    if (taint.texts !== undefined) return
    report(at, 'the client decides which protocol the connection is upgraded to', {
      word: 1,
      help: 'proxy_set_header Connection "upgrade"; only in the websocket location, or a map on $http_upgrade that knows websocket alone',
    })
  },
}
