// gzip for HTML alone.

import { PASSES } from '../model/handler.ts'
import type { Rule } from '../rule.ts'

/** The packages' own pages. */
const STOCK = /^(?:html|\/usr\/share\/nginx\/html|\/var\/www\/html)\/?$/

export const rule: Rule = {
  name: 'gzip-types-missing',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'performance',
  summary: 'gzip is on, but only for HTML.',
  why: 'Without gzip_types nginx compresses text/html alone: style sheets, scripts and JSON, the larger part of a page, go out as they are.',
  visits: ['gzip'],
  bad: [
    'http { gzip on; server { listen 80; location / { proxy_pass http://app; } } }',
    'server { listen 80; gzip on; location / { uwsgi_pass unix:/run/a.sock; } }',
  ],
  good: [
    'http { gzip on; gzip_types text/css application/json; server { listen 80; location / { proxy_pass http://app; } } }',
    'http { gzip off; server { listen 80; location / { proxy_pass http://app; } } }',
    'http { gzip on; server { listen 80; gzip_types text/css; location / { proxy_pass http://app; } } }',
    'http { gzip on; server { listen 80; root /var/www/html; } }',
  ],
  check(at, { model, report }) {
    const block = at.parent
    if (
      at.arg !== 'on' ||
      block === undefined ||
      block.effective('gzip_types') !== undefined ||
      !model.isOpen(at)
    )
      return
    const inner = block.below()
    if (
      inner.some((one) => one.name === 'gzip_types') ||
      !inner.some(
        (one) =>
          (PASSES as readonly string[]).includes(one.name) || (one.name === 'root' && !STOCK.test(one.arg)),
      )
    )
      return
    if (
      block
        .all('include')
        .some((one) => (one.node?.included ?? []).length === 0 && /gzip|compress|perf/.test(one.arg))
    )
      return
    report(at, 'only text/html is compressed', {
      help: 'gzip_types text/css application/javascript application/json image/svg+xml;',
    })
  },
}
