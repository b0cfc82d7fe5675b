// OCSP stapling that cannot ask.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'ssl-stapling-without-resolver',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: ['gixy: ssl_stapling_without_resolver', 'postern: resolver-missing-for-stapling'],
  summary: 'ssl_stapling without a resolver staples nothing.',
  why: 'nginx has to find the certificate authority’s OCSP server by name while it runs, and uses only its own resolver for that. Without one it logs a warning and sends no staple.',
  visits: ['ssl_stapling'],
  bad: [
    'server { listen 443 ssl; ssl_stapling on; ssl_stapling_verify on; }',
    'http { ssl_stapling on; server { listen 443 ssl; } }',
  ],
  good: [
    'server { listen 443 ssl; ssl_stapling on; resolver 127.0.0.53; }',
    'http { resolver 127.0.0.53; server { listen 443 ssl; ssl_stapling on; } }',
    'server { listen 443 ssl; ssl_stapling on; ssl_stapling_file /etc/ssl/ocsp.der; }',
    'server { listen 443 ssl; ssl_stapling off; }',
    'server { listen 443 ssl; ssl_stapling on; ssl_stapling_responder http://127.0.0.1:8888/; }',
    'http { ssl_stapling on; server { resolver 127.0.0.53; listen 443 ssl; } }',
  ],
  check(at, { model, report }) {
    if (at.arg !== 'on' || at.parent === undefined) return
    if (
      at.parent.effective('resolver') !== undefined ||
      at.parent.effective('ssl_stapling_file') !== undefined
    )
      return
    if (/\/\/(?:\d{1,3}\.|\[)/.test(at.parent.effective('ssl_stapling_responder')?.arg ?? '')) return
    const servers = model.sites.filter(
      (site) => site.tls && site.server.up().includes(at.parent as typeof site.server),
    )
    if (
      at.parent.name === 'http' &&
      servers.length > 0 &&
      servers.every((site) => site.server.effective('resolver') !== undefined)
    )
      return
    report(at, 'stapling needs a resolver, and none is set here', {
      help: 'resolver 127.0.0.53; (or the address of your own resolver)',
    })
  },
}
