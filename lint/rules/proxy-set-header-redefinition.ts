// proxy_set_header at an inner level drops all of the outer ones.

import { droppedBy } from '../model/dropped.ts'
import { PASSES, passOf } from '../model/handler.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

/** Files or a fixed answer, and no *_pass below: nothing is passed on that could lack a header. */
const answersItself = (location: Statement): boolean =>
  location.has('root', 'alias', 'return', 'stub_status', 'empty_gif') &&
  passOf(location) === undefined &&
  !location.below().some((one) => (PASSES as readonly string[]).includes(one.name))

export const rule: Rule = {
  name: 'proxy-set-header-redefinition',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'proxy',
  alias: [
    'gixy: proxy_set_header_redefinition',
    'postern: proxy-set-header-dropped',
    'nginx-lint: proxy-set-header-inheritance',
  ],
  summary: 'An inner proxy_set_header drops the headers of the outer level.',
  why: 'proxy_set_header is inherited only by levels that have none of their own. A location that adds one for websockets loses Host and X-Forwarded-Proto: Django then sees the upstream’s name and plain http.',
  visits: ['location', 'server', 'if'],
  bad: [
    'server { proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme; location /ws/ { proxy_set_header Upgrade $http_upgrade; proxy_pass http://app; } }',
    'server { grpc_set_header X-A b; location / { grpc_set_header X-B c; grpc_pass grpc://app; } }',
  ],
  good: [
    'server { proxy_set_header Host $host; location / { proxy_pass http://app; } }',
    'server { proxy_set_header Host $host; location / { proxy_set_header Host $host; proxy_set_header X-A b; proxy_pass http://app; } }',
    'server { location / { proxy_set_header Host $host; proxy_pass http://app; } }',
    'server { proxy_set_header Host $host; location /static/ { proxy_set_header X-A b; root /srv; } }',
  ],
  check(block, { report }) {
    for (const directive of ['proxy_set_header', 'grpc_set_header', 'proxy_hide_header'] as const) {
      const dropped = droppedBy(block, directive)
      if (dropped === undefined) continue
      if (directive === 'proxy_hide_header' && passOf(block) === undefined) continue
      if (block.name === 'location' && answersItself(block)) continue
      report(dropped.at, dropped.message, { help: dropped.help })
    }
  },
}
