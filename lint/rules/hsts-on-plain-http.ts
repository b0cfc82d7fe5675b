// Strict-Transport-Security over plain http.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'hsts-on-plain-http',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  summary: 'Strict-Transport-Security is sent over plain http, where browsers ignore it.',
  why: 'The header counts only over https (RFC 6797, 7.2). Here it does nothing, and whoever reads the file believes the site protected.',
  visits: ['add_header'],
  bad: [
    'server { listen 80; add_header Strict-Transport-Security "max-age=31536000" always; }',
    'server { listen 80; location / { add_header strict-transport-security "max-age=31536000"; } }',
    'http { add_header Strict-Transport-Security "max-age=31536000"; server { listen 80; } }',
  ],
  good: [
    'server { listen 443 ssl; add_header Strict-Transport-Security "max-age=31536000" always; }',
    'server { listen 80; listen 443 ssl; add_header Strict-Transport-Security "max-age=31536000" always; }',
    'http { add_header Strict-Transport-Security "max-age=31536000"; server { listen 80; } server { listen 443 ssl; } }',
    'add_header Strict-Transport-Security "max-age=31536000"; upstream a { server b; }',
    'server { listen 127.0.0.1:8080; add_header Strict-Transport-Security "max-age=31536000"; }',
    'server { listen 80; add_header Strict-Transport-Security $hsts always; }',
    'ssl_session_timeout 1d; ssl_stapling on; add_header Strict-Transport-Security "max-age=63072000" always;',
  ],
  check(at, { model, report }) {
    if (at.arg.toLowerCase() !== 'strict-transport-security') return
    const site =
      model.siteOf(at) ??
      // For all servers, and none of them speaks TLS.
      (model.tree.whole && model.sites.every((one) => !one.tls)
        ? model.sites.find((one) => one.open)
        : undefined)
    // A snippet: the server it goes into may well speak TLS.
    if (site === undefined || site.server.assumed) return
    if (site.tls || !site.open || (at.args[1] ?? '').includes('$')) return
    // Other ports stand behind something that speaks TLS.
    if (
      !site.listens.some((one) => one.port === 80) ||
      site.listens.some((one) => one.options.includes('proxy_protocol') || one.port === 443)
    )
      return
    report(at, 'this server speaks no TLS, and browsers ignore the header over plain http', {
      help: 'move it into the server that listens with ssl; here, redirect to it',
    })
  },
}
