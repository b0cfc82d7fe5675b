// A certificate without its chain.

import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'letsencrypt-leaf-only',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  summary: 'The certificate is served without its chain.',
  why: 'cert.pem holds the leaf only. Desktop browsers often find the missing link by themselves; phones, curl, payment providers and webhooks do not and refuse the connection.',
  visits: ['ssl_certificate', 'ssl_trusted_certificate'],
  bad: [
    'server { ssl_certificate /etc/letsencrypt/live/example.com/cert.pem; }',
    'server { ssl_certificate /etc/letsencrypt/live/example.com/chain.pem; }',
  ],
  good: [
    'server { ssl_certificate /etc/letsencrypt/live/example.com/fullchain.pem; }',
    'server { ssl_certificate /etc/ssl/certs/cert.pem; }',
    'server { ssl_trusted_certificate /etc/letsencrypt/live/example.com/chain.pem; }',
  ],
  fixable: true,
  check(at, { report }) {
    if (
      at.name !== 'ssl_certificate' ||
      !/(?:\/live\/[^/]+|\/letsencrypt\/.*)\/(?:cert|chain)\d*\.pem$/.test(at.arg)
    )
      return
    report(at, `${at.arg.split('/').at(-1)} does not hold the whole chain`, {
      word: 0,
      help: 'use fullchain.pem',
      fix: replaceArg(at, 0, at.arg.replace(/(?:cert|chain)(\d*)\.pem$/, 'fullchain$1.pem')),
    })
  },
}
