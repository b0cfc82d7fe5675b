// Security headers that error pages go without.

import { appendArg, type Rule } from '../rule.ts'

const SECURITY =
  /^(?:x-frame-options|x-content-type-options|content-security-policy|strict-transport-security|referrer-policy|permissions-policy|x-xss-protection|cross-origin-(?:opener|embedder|resource)-policy)$/i

export const rule: Rule = {
  name: 'add-header-not-always',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'security',
  summary: 'Security headers are not sent with error pages.',
  why: 'Without `always`, add_header works only for 200, 201, 204, 206, 301, 302, 303, 304, 307 and 308. A 404 or 500 page of the application, which echoes what was asked for, goes out without its policy.',
  visits: ['http', 'server', 'location', 'if'],
  bad: [
    'server { add_header X-Frame-Options DENY; }',
    'server { add_header Strict-Transport-Security "max-age=31536000"; add_header X-Content-Type-Options nosniff always; }',
  ],
  good: [
    'server { add_header X-Frame-Options DENY always; }',
    'server { add_header Cache-Control no-store; }',
    'location / { add_header X-Frame-Options DENY; return 200 ok; }',
  ],
  fixable: true,
  check(block, { report }) {
    if (block.name === 'location' && /^[23]/.test(block.first('return')?.arg ?? '')) return
    const without = block.all('add_header').filter((one) => SECURITY.test(one.arg) && one.args.length === 2)
    const [first] = without
    if (first === undefined) return
    const names = without.map((one) => one.arg)
    report(first, `${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not sent with error pages`, {
      help: 'add `always` behind the value',
      fix: without.flatMap((one) => appendArg(one, 'always')),
    })
  },
}
