// The Server header tells the version.

import { type Rule, replaceArg } from '../rule.ts'

export const rule: Rule = {
  name: 'version-disclosure',
  severity: 'info',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: version_disclosure'],
  summary: 'Answers tell nginx’s version.',
  why: 'The Server header and the error pages name the exact version unless server_tokens is off: scanners pick the exploit by it.',
  visits: ['server_tokens', ''],
  bad: [
    'http { server_tokens on; server { listen 80; } }',
    'http { server_tokens build; }',
    'http { server { listen 80; server_name example.com; } }',
    'http { server { listen 80; server_tokens off; } server { listen 81; } }',
  ],
  good: [
    'http { server_tokens off; server { listen 80; } }',
    'http { server { server_tokens off; listen 80; } }',
    'server { listen 80; }',
    'http { server_tokens ""; server { listen 80; } }',
    'http { server { listen 127.0.0.1:8080; } }',
  ],
  fixable: true,
  check(at, { model, report }) {
    if (at.name === 'server_tokens') {
      if (at.arg !== 'on' && at.arg !== 'build') return
      report(at, `server_tokens ${at.arg} sends nginx’s version with every answer`, {
        word: 0,
        severity: 'warning',
        help: 'server_tokens off;',
        fix: replaceArg(at, 0, 'off'),
      })
      return
    }
    const http = at.first('http')
    if (http === undefined || http.assumed || http.has('server_tokens', 'more_clear_headers')) return
    const open = model.sites.filter(
      (site) => site.module === 'http' && site.open && !site.server.has('server_tokens'),
    )
    if (open.length === 0) return
    report(http, 'server_tokens is not set, so every answer carries nginx’s version', {
      help: 'add `server_tokens off;` to http',
    })
  },
}
