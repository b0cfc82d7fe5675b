// TLS to the upstream, with anybody.

import { readTarget } from '../model/handler.ts'
import { isLoopback } from '../model/site.ts'
import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'proxy-ssl-unverified',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  summary: 'The upstream’s certificate is not checked.',
  why: 'proxy_ssl_verify is off by default: whoever can get in between (DNS, the network of the provider) answers in the upstream’s place and reads all that is sent to it. Without proxy_ssl_server_name no name is sent either, and many servers answer with another site.',
  visits: ['proxy_pass', 'grpc_pass', 'uwsgi_pass'],
  bad: [
    'server { listen 80; location / { proxy_pass https://api.example.com; } }',
    'server { listen 80; location / { proxy_ssl_server_name on; proxy_pass https://api.example.com; } }',
  ],
  good: [
    'server { listen 80; location / { proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt; proxy_ssl_server_name on; proxy_pass https://api.example.com; } }',
    'server { listen 80; location / { proxy_pass http://api.example.com; } }',
    'server { listen 80; location / { proxy_pass https://127.0.0.1:8443; } }',
    'server { listen 127.0.0.1:80; location / { proxy_pass https://api.example.com; } }',
  ],
  check(at, { model, report }) {
    const { scheme, host } = readTarget(at)
    const block = at.parent
    const kind = at.name.replace('_pass', '')
    if (
      block === undefined ||
      !['https', 'grpcs', 'suwsgi'].includes(scheme) ||
      !model.isOpen(at) ||
      unreadAround(block)
    )
      return
    const addresses = model.addressesOf(at).map((one) => one.replace(/:\d+$/, ''))
    if (addresses.every((one) => isLoopback(one) || one.startsWith('unix:'))) return
    if (block.effective(`${kind}_ssl_verify`)?.arg === 'on') return
    const name =
      /^[\d.[\]:]+$/.test(host) || block.effective(`${kind}_ssl_server_name`)?.arg === 'on'
        ? ''
        : ` ${kind}_ssl_server_name on;`
    report(at, 'any certificate is accepted from the upstream', {
      help: `${kind}_ssl_verify on; ${kind}_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;${name}`,
    })
  },
}
