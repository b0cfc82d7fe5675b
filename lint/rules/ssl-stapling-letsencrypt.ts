// OCSP stapling for certificates that name no OCSP server any more.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'ssl-stapling-letsencrypt',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: ['gixy: ssl_stapling_letsencrypt'],
  summary: 'ssl_stapling is on for a Let’s Encrypt certificate.',
  why: 'Let’s Encrypt ended OCSP in 2025: its certificates name no responder. nginx logs “ssl_stapling ignored” at every start and staples nothing.',
  visits: ['ssl_certificate'],
  bad: [
    'server { listen 443 ssl; ssl_stapling on; resolver 127.0.0.53; ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem; }',
    'http { ssl_stapling on; server { listen 443 ssl; ssl_certificate /etc/letsencrypt/live/a/fullchain.pem; } }',
  ],
  good: [
    'server { listen 443 ssl; ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem; }',
    'server { listen 443 ssl; ssl_stapling on; resolver 127.0.0.53; ssl_certificate /etc/ssl/commercial.pem; }',
    'http { ssl_stapling on; server { ssl_stapling off; ssl_certificate /etc/letsencrypt/live/a/fullchain.pem; } }',
  ],
  check(at, { report }) {
    if (
      !/letsencrypt|\/\.?acme|certbot|\/dehydrated\//.test(at.arg) ||
      at.parent?.effective('ssl_stapling')?.arg !== 'on'
    )
      return
    if (at.parent.effective('ssl_stapling_file') !== undefined) return
    report(
      at.parent.effective('ssl_stapling') ?? at,
      'Let’s Encrypt certificates have no OCSP server any more: this staples nothing',
      { help: 'ssl_stapling off; (and remove ssl_stapling_verify)' },
    )
  },
}
