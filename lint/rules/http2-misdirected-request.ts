// A server that rejects handshakes but answers HTTP/2 requests that reach it all the same.

import { readLocation } from '../model/location.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'http2-misdirected-request',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: ['gixy: http2_misdirected_request'],
  summary: 'The catch-all TLS server does not answer 421 to reused HTTP/2 connections.',
  why: 'Browsers reuse an HTTP/2 connection for other names under the same certificate. ssl_reject_handshake stops new connections only; such a request reaches this server and gets its default page instead of “421 Misdirected Request”, which makes the client open a new connection.',
  visits: ['server'],
  bad: [
    { nginx: '1.26.3', conf: 'server { listen 443 ssl default_server; http2 on; ssl_reject_handshake on; }' },
    'server { listen 443 ssl http2 default_server; ssl_reject_handshake on; location /x { return 421; } }',
    'server { listen 443 ssl http2 default_server; ssl_reject_handshake on; return 444; }',
  ],
  good: [
    {
      nginx: '1.26.3',
      conf: 'server { listen 443 ssl default_server; http2 on; ssl_reject_handshake on; location / { return 421; } }',
    },
    'server { listen 443 ssl http2 default_server; ssl_reject_handshake on; return 421; }',
    'server { listen 443 ssl default_server; ssl_reject_handshake on; }',
    'server { listen 443 ssl http2; ssl_reject_handshake on; }',
  ],
  check(at, { model, report }) {
    const site = model.siteOf(at)
    if (site === undefined || at.effective('ssl_reject_handshake')?.arg !== 'on') return
    if (!site.listens.some((one) => one.isDefault && one.ssl)) return
    if (!site.listens.some((one) => one.http2) && at.effective('http2')?.arg !== 'on') return
    if (at.all('return').some((one) => one.arg === '421')) return
    const answers = at.all('location').some((one) => {
      const { modifier, path } = readLocation(one)
      return path === '/' && modifier !== '~' && modifier !== '~*' && one.first('return')?.arg === '421'
    })
    if (!answers)
      report(at, 'requests of reused HTTP/2 connections are not answered with 421', {
        help: 'add: location / { return 421; }',
      })
  },
}
