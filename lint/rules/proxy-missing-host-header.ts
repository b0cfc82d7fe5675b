// The application is told the upstream's name instead of the site's.

import { readTarget } from '../model/handler.ts'
import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const LOCAL = /^(?:127\.|localhost|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[::1\]|unix:)/

export const rule: Rule = {
  name: 'proxy-missing-host-header',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'proxy',
  alias: ['nginx-lint: proxy-missing-host-header'],
  summary: 'proxy_pass does not pass the Host on.',
  why: 'Without proxy_set_header Host the application is told the name in proxy_pass: “app” or 127.0.0.1:8000. Django answers 400 (ALLOWED_HOSTS) or builds links to it.',
  visits: ['proxy_pass'],
  bad: [
    'server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }',
    'upstream app { server unix:/run/a.sock; } server { listen 80; location / { proxy_pass http://app; } }',
  ],
  good: [
    'server { listen 80; location / { proxy_set_header Host $host; proxy_pass http://127.0.0.1:8000; } }',
    'server { listen 80; location / { proxy_pass https://api.example.com; } }',
    'server { listen 80; location / { include proxy_params; proxy_pass http://127.0.0.1:8000; } }',
    'server { listen 127.0.0.1:80; location / { proxy_pass http://127.0.0.1:8000; } }',
  ],
  check(at, { model, report }) {
    const block = at.parent
    if (block === undefined || at.module !== 'http' || at.arg.includes('$') || !model.isOpen(at)) return
    const { host, scheme } = readTarget(at)
    if (scheme === 'https' || !(LOCAL.test(host) || model.upstream(host) !== undefined)) return
    if (at.within('location')?.has('internal') || unreadAround(block)) return
    if (block.effectiveAll('proxy_set_header').some((one) => one.arg.toLowerCase() === 'host')) return
    report(at, `the application is told “${host.startsWith('unix:') ? 'localhost' : host}” as its Host`, {
      help: 'proxy_set_header Host $host;',
    })
  },
}
