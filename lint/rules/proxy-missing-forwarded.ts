// HTTPS in front, plain http behind, and nobody tells the application.

import { readTarget } from '../model/handler.ts'
import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const PROTO = new Set([
  'x-forwarded-proto',
  'x-forwarded-ssl',
  'x-forwarded-scheme',
  'x-scheme',
  'x-forwarded-protocol',
  'front-end-https',
  'forwarded',
  'x-url-scheme',
  'x-forwarded-https',
])
const ADDRESS = new Set([
  'x-forwarded-for',
  'x-real-ip',
  'forwarded',
  'x-client-ip',
  'cf-connecting-ip',
  'true-client-ip',
])

export const rule: Rule = {
  name: 'proxy-missing-forwarded',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'proxy',
  alias: ['nginx-lint: proxy-missing-host-header'],
  summary: 'An HTTPS server passes requests on without saying that they came over https.',
  why: 'The application sees plain http: Django builds http:// links, refuses forms (CSRF: the Referer does not match), redirects to https for ever with SECURE_SSL_REDIRECT, and logs nginx’s address for every visitor.',
  visits: ['proxy_pass'],
  bad: [
    'server { listen 443 ssl; location / { proxy_set_header Host $host; proxy_pass http://127.0.0.1:8000; } }',
    'server { listen 443 ssl; location / { proxy_pass http://unix:/run/app.sock; } }',
    'server { listen 443 ssl; location / { proxy_set_header X-Forwarded-Proto $scheme; proxy_pass http://127.0.0.1:8000; } }',
  ],
  good: [
    'server { listen 443 ssl; location / { proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://127.0.0.1:8000; } }',
    'server { listen 443 ssl; location / { include proxy_params; proxy_pass http://127.0.0.1:8000; } }',
    'server { listen 443 ssl; location / { proxy_pass https://bucket.s3.amazonaws.com; } }',
    'server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }',
    'server { listen 443 ssl; proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Real-IP $remote_addr; location / { proxy_pass http://127.0.0.1:8000; } }',
  ],
  check(at, { model, report }) {
    const site = model.siteOf(at)
    const block = at.parent
    if (site === undefined || block === undefined || site.module !== 'http' || !site.tls || !site.open) return
    if (readTarget(at).scheme === 'https' || at.within('location')?.has('internal') || unreadAround(block))
      return
    const sent = new Set(block.effectiveAll('proxy_set_header').map((one) => one.arg.toLowerCase()))
    const proto = [...sent].some((name) => PROTO.has(name))
    const address = [...sent].some((name) => ADDRESS.has(name))
    if (proto && address) return
    const missing = [proto ? undefined : 'X-Forwarded-Proto', address ? undefined : 'X-Forwarded-For'].filter(
      (name) => name !== undefined,
    )
    report(
      at,
      `the application does not learn ${proto ? 'who asks' : address ? 'that the request came over https' : 'that the request came over https, nor who asks'}: ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not sent`,
      {
        severity: proto ? 'info' : 'warning',
        help: 'proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; (in Django: SECURE_PROXY_SSL_HEADER)',
      },
    )
  },
}
