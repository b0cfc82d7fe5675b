// Port 443 without TLS.

import { appendArg, type Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'listen-443-without-ssl',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  summary: 'A server listens on port 443 without ssl.',
  why: 'nginx then speaks plain http on the https port: browsers show ERR_SSL_PROTOCOL_ERROR, and “400 The plain HTTP request…” never comes. One `ssl` on the socket, in any server, is enough for all of them.',
  visits: [''],
  bad: [
    'server { listen 443; ssl_certificate /c.pem; ssl_certificate_key /k.pem; }',
    'server { listen [::]:443; }',
  ],
  good: [
    'server { listen 443 ssl; }',
    'server { listen 443; ssl on; }',
    'http { server { listen 443 ssl; server_name a; } server { listen 443; server_name b; } }',
    'server { listen 443 quic reuseport; listen 443 ssl; }',
    'stream { server { listen 443; proxy_pass app:443; } }',
    'server { listen 8443; }',
  ],
  fixable: true,
  check(_root, { model, report }) {
    for (const site of model.sites) {
      if (site.module !== 'http' || site.server.effective('ssl')?.arg === 'on') continue
      for (const listen of site.listens) {
        if (listen.port !== 443 || listen.ssl || listen.unix !== undefined) continue
        const others = model.bySocket.get(`http ${listen.key}`) ?? []
        if (
          others.some(
            (other) =>
              other.listens.some((one) => one.key === listen.key && one.ssl) ||
              other.server.effective('ssl')?.arg === 'on',
          )
        )
          continue
        report(listen.at, 'port 443 is served without TLS', {
          help: 'listen … ssl;',
          fix: appendArg(listen.at, 'ssl'),
        })
      }
    }
  },
}
