// HTTPS without Strict-Transport-Security.

import { unconditionalReturn } from '../model/handler.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

/** Half a year: what browsers and checkers take as the least that protects. */
const LEAST = 15_552_000

const isHsts = (one: Statement): boolean =>
  /^strict-transport-security/i.test(one.arg) ||
  (one.name === 'more_set_headers' && one.args.some((arg) => /^\s*strict-transport-security/i.test(arg)))

export const rule: Rule = {
  name: 'hsts-header',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'tls',
  alias: ['gixy: hsts_header'],
  summary: 'An HTTPS server does not send Strict-Transport-Security, or for too short a time.',
  why: 'The first request of a visit still goes out over http://, where anyone on the way can answer it. HSTS makes the browser refuse plain http for that host.',
  visits: ['server', 'add_header'],
  bad: [
    'server { listen 443 ssl; server_name example.com; location / { root /srv; } }',
    'server { listen 443 ssl; add_header Strict-Transport-Security "max-age=300"; root /srv; }',
  ],
  good: [
    'server { listen 443 ssl; add_header Strict-Transport-Security "max-age=31536000" always; root /srv; }',
    'http { add_header Strict-Transport-Security "max-age=63072000; includeSubDomains"; server { listen 443 ssl; root /srv; } }',
    'server { listen 443 ssl; return 301 https://www.example.com$request_uri; }',
    'server { listen 80; root /srv; }',
    'server { listen 443 ssl; more_set_headers "Strict-Transport-Security: max-age=31536000"; root /srv; }',
    'server { listen 443 ssl; security_headers on; root /srv; }',
    'server { listen 443 ssl; location / { proxy_pass http://app; } include snippets/ssl-params.conf; }',
  ],
  check(at, { model, report }) {
    if (at.name === 'add_header') {
      if (!isHsts(at)) return
      const age = /max-age\s*=\s*"?(\d+)/i.exec(at.args[1] ?? '')
      if (age === null || Number(age[1]) >= LEAST) return
      report(
        at,
        `max-age=${age[1]} is ${Math.floor(Number(age[1]) / 86400)} days: too short to protect between two visits`,
        { word: 1, help: 'raise it to 31536000 (a year) once everything works over https' },
      )
      return
    }
    const site = model.siteOf(at)
    if (site === undefined || site.module !== 'http' || !site.tls || !site.open) return
    if (at.first('ssl_reject_handshake')?.arg === 'on' || unconditionalReturn(at) !== undefined) return
    if (
      at.first('location')?.has('return') &&
      at.all('location').length === 1 &&
      at.first('location')?.arg === '/'
    )
      return
    if (at.effective('security_headers')?.arg === 'on') return
    const unread = at
      .up()
      .some((level) => level.all('include').some((one) => (one.node?.included ?? []).length === 0))
    if (unread) return
    const headers = [
      ...at.effectiveAll('add_header'),
      ...at.effectiveAll('more_set_headers'),
      ...at.below('add_header'),
    ]
    if (headers.some(isHsts)) return
    report(at, 'this HTTPS server does not send Strict-Transport-Security', {
      help: 'add_header Strict-Transport-Security "max-age=31536000" always; (unless the application sends it: Django’s SECURE_HSTS_SECONDS)',
    })
  },
}
