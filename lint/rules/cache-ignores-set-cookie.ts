// Answers with somebody's cookie in the cache.

import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'cache-ignores-set-cookie',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'Answers that set a cookie are cached, cookie and all.',
  why: 'nginx does not cache an answer with Set-Cookie unless told to ignore that. Then the first visitor’s session cookie is handed to everybody who comes after: they are logged in as him.',
  visits: ['proxy_ignore_headers', 'uwsgi_ignore_headers', 'fastcgi_ignore_headers', 'scgi_ignore_headers'],
  bad: [
    'location / { proxy_cache c; proxy_ignore_headers Set-Cookie; proxy_pass http://app; }',
    'server { uwsgi_cache c; location / { uwsgi_ignore_headers Cache-Control Expires Set-Cookie; uwsgi_pass unix:/run/a.sock; } }',
  ],
  good: [
    'location / { proxy_cache c; proxy_ignore_headers Cache-Control Expires; proxy_pass http://app; }',
    'location / { proxy_cache c; proxy_ignore_headers Set-Cookie; proxy_hide_header Set-Cookie; proxy_pass http://app; }',
    'location / { proxy_cache off; proxy_ignore_headers Set-Cookie; proxy_pass http://app; }',
    'location / { proxy_cache c; proxy_no_cache $upstream_http_set_cookie; proxy_ignore_headers Set-Cookie; proxy_pass http://app; }',
  ],
  check(at, { report }) {
    const word = at.args.findIndex((arg) => /^set-cookie$/i.test(arg))
    const block = at.parent
    if (word < 0 || block === undefined) return
    const kind = at.name.split('_')[0]
    const below: Statement[] = [block, ...block.below('location')]
    const users = below.filter((one) => {
      const cache = one.effective(`${kind}_cache`)
      return cache !== undefined && cache.arg !== 'off'
    })
    if (users.length === 0) return
    const safe = users.every(
      (one) =>
        one.effectiveAll(`${kind}_hide_header`).some((hide) => /^set-cookie$/i.test(hide.arg)) ||
        one.effectiveAll(`${kind}_no_cache`).some((no) => /set_cookie/i.test(no.args.join(' '))),
    )
    if (!safe)
      report(at, 'answers with Set-Cookie are cached and given to everybody', {
        word,
        help: `leave Set-Cookie out, or add ${kind}_hide_header Set-Cookie; where answers are the same for all`,
      })
  },
}
