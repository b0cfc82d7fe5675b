// A Content-Type by add_header.

import { type Rule, rewriteHead } from '../rule.ts'

export const rule: Rule = {
  name: 'add-header-content-type',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: add_header_content_type'],
  summary: 'add_header Content-Type adds a second Content-Type.',
  why: 'nginx already sends a Content-Type; add_header puts another beside it and clients choose one. default_type sets the one there is.',
  visits: ['add_header'],
  bad: [
    'location / { add_header Content-Type text/plain; return 200 ok; }',
    'location = /x { add_header content-type "application/json" always; }',
  ],
  good: [
    'location / { default_type text/plain; return 200 ok; }',
    'location / { proxy_hide_header Content-Type; add_header Content-Type text/plain; proxy_pass http://app; }',
    'location / { add_header X-Content-Type-Options nosniff; }',
  ],
  fixable: true,
  check(at, { report }) {
    if (at.arg.toLowerCase() !== 'content-type') return
    for (const hide of [
      'proxy_hide_header',
      'uwsgi_hide_header',
      'fastcgi_hide_header',
      'scgi_hide_header',
      'grpc_hide_header',
    ]) {
      if (at.parent?.effectiveAll(hide).some((one) => one.arg.toLowerCase() === 'content-type')) return
    }
    const raw = at.node?.args[1]?.raw
    const clash = at.parent?.has('default_type') || at.parent?.name === 'if'
    report(at, 'this adds a second Content-Type', {
      help: 'use default_type; behind a proxy, hide the upstream’s with proxy_hide_header first',
      ...(raw === undefined || clash ? {} : { fix: rewriteHead(at, `default_type ${raw}`) }),
    })
  },
}
