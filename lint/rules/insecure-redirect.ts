// From https back to http.

import { redirectTarget } from '../model/handler.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'insecure-redirect',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'tls',
  alias: ['gixy: force_https', 'semgrep: insecure-redirect'],
  summary: 'An HTTPS server redirects to plain http.',
  why: 'The visitor leaves the encrypted connection; whoever is on the way can change where he ends up.',
  visits: ['return', 'rewrite'],
  bad: [
    'server { listen 443 ssl; return 301 http://www.example.com$request_uri; }',
    'server { listen 443 ssl; location /x { rewrite ^ http://example.com/y permanent; } }',
  ],
  good: [
    'server { listen 443 ssl; return 301 https://www.example.com$request_uri; }',
    'server { listen 80; return 301 http://www.example.com$request_uri; }',
    'server { listen 443 ssl; location / { return 301 /y; } }',
    'server { listen 443 ssl; return 302 http://127.0.0.1:8080/; }',
  ],
  check(at, { model, report }) {
    const site = model.siteOf(at)
    if (site === undefined || !site.tls || site.plain || site.module !== 'http') return
    const target = at.name === 'return' ? redirectTarget(at) : { target: at.args[1] ?? '', word: 1 }
    if (target === undefined || !/^http:\/\/(?!(?:127\.|localhost|\[::1\]))/i.test(target.target)) return
    report(at, `visitors leave https for ${target.target}`, {
      word: target.word,
      help: 'redirect to https://',
    })
  },
}
