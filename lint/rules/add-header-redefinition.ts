// add_header at an inner level drops all of the outer ones.

import { droppedBy } from '../model/dropped.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'add-header-redefinition',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: add_header_redefinition', 'nginx-lint: add-header-inheritance'],
  summary: 'An inner add_header drops the headers of the outer level.',
  why: 'add_header is inherited only by levels that have none of their own. One Cache-Control in a location and the X-Frame-Options, CSP and HSTS of the server are gone there.',
  visits: ['server', 'location', 'if', 'http'],
  bad: [
    'server { add_header X-Frame-Options DENY always; location / { add_header Cache-Control no-store; } }',
    'http { add_header X-Content-Type-Options nosniff; server { add_header X-A b; } }',
    'server { add_header X-A b; location / { if ($arg_x) { add_header X-B c; } } }',
  ],
  good: [
    'server { add_header X-Frame-Options DENY; location / { add_header X-Frame-Options DENY; add_header X-A b; } }',
    'server { add_header X-Frame-Options DENY; location / { expires 1d; } }',
    {
      nginx: '1.30.6',
      conf: 'server { add_header X-Frame-Options DENY; add_header_inherit merge; location / { add_header X-A b; } }',
    },
    'server { location / { add_header X-A b; } }',
  ],
  check(block, { model, report }) {
    for (const [directive, inherit] of [
      ['add_header', 'add_header_inherit'],
      ['add_trailer', 'add_trailer_inherit'],
    ] as const) {
      const dropped = droppedBy(block, directive)
      if (dropped === undefined) continue
      const mode = model.before('1.29.3') ? 'on' : block.effective(inherit)?.arg
      if (mode === 'merge' || block.first(inherit)?.arg === 'off') continue
      const { at, names, message, help } = dropped
      report(at, message, { help, severity: names.some(isSecurity) ? 'warning' : 'info' })
    }
  },
}

const isSecurity = (name: string): boolean =>
  /^(?:x-frame-options|x-content-type-options|x-xss-protection|content-security-policy.*|strict-transport-security|referrer-policy|permissions-policy|cross-origin-.*|access-control-.*|cache-control|pragma|expires|content-disposition|x-download-options|x-permitted-cross-domain-policies|x-robots-tag)$/i.test(
    name,
  )
