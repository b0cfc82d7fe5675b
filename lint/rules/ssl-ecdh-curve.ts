// Groups that the OpenSSL behind this nginx may not know.

import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'ssl-ecdh-curve',
  severity: 'warning',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'tls',
  alias: ['gixy: ssl_ecdh_curve'],
  summary: 'ssl_ecdh_curve names a post-quantum group that older OpenSSL refuses.',
  why: 'OpenSSL before 3.5 does not know the ML-KEM groups and refuses the whole list: nginx does not start, or keeps the old configuration at a reload. Debian 12 has 3.0. The Kyber drafts were never in OpenSSL.',
  visits: ['ssl_ecdh_curve'],
  bad: [
    'server { ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1; }',
    'server { ssl_ecdh_curve X25519Kyber768Draft00:X25519; }',
  ],
  good: [
    'server { ssl_ecdh_curve auto; }',
    'server { ssl_ecdh_curve X25519:prime256v1:secp384r1; }',
    'server { ssl_ecdh_curve ?X25519MLKEM768:X25519; }',
    { nginx: '1.30.6', conf: 'server { ssl_ecdh_curve X25519:secp384r1; }' },
  ],
  check(at, { report }) {
    const risky = at.arg.split(':').filter((group) => /mlkem|kyber/i.test(group) && !group.startsWith('?'))
    if (risky.length === 0) return
    report(
      at,
      `${risky.join(', ')} ${risky.length === 1 ? 'is' : 'are'} unknown to ${risky.some((one) => /kyber/i.test(one)) ? 'OpenSSL' : 'OpenSSL before 3.5'}, and nginx then does not start`,
      {
        word: 0,
        help: 'leave the directive out (auto), or write ?X25519MLKEM768 with OpenSSL 3.3 and newer',
      },
    )
  },
}
