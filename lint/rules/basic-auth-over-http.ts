// Passwords in the clear.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'basic-auth-over-http',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'Passwords are asked for over plain http.',
  why: 'auth_basic sends name and password, merely base64, with every request. Over http anyone on the way reads them.',
  visits: ['auth_basic'],
  bad: [
    'server { listen 80; location / { auth_basic "x"; auth_basic_user_file /f; } }',
    'server { listen 80; listen 443 ssl; auth_basic "x"; auth_basic_user_file /f; }',
  ],
  good: [
    'server { listen 443 ssl; location / { auth_basic "x"; auth_basic_user_file /f; } }',
    'server { listen 127.0.0.1:80; auth_basic "x"; auth_basic_user_file /f; }',
    'server { listen 80; location / { auth_basic off; } }',
    'server { listen 80; listen 443 ssl; if ($scheme = http) { return 301 https://$host$request_uri; } auth_basic "x"; auth_basic_user_file /f; }',
    'location / { auth_basic "x"; auth_basic_user_file /f; }',
    'server { listen 8080; auth_basic "x"; auth_basic_user_file /f; }',
  ],
  check(at, { model, report }) {
    if (at.arg === 'off') return
    const site = model.siteOf(at)
    if (
      site === undefined ||
      site.server.assumed ||
      !site.open ||
      site.module !== 'http' ||
      !site.listens.some((one) => !one.ssl && one.port === 80)
    )
      return
    if (site.server.has('return') || site.server.effective('ssl')?.arg === 'on') return
    if (
      site.server
        .all('if')
        .some((one) =>
          /\$(?:\{)?(?:scheme|https|http_x_forwarded_proto|server_port)/.test(one.args.join(' ')),
        )
    )
      return
    report(at, 'name and password travel in the clear: this server answers on port 80', {
      help: 'put it into the server that listens with ssl, and redirect port 80 there',
    })
  },
}
