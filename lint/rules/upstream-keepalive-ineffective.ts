// keepalive in an upstream that no pass makes use of.

import { readTarget } from '../model/handler.ts'
import type { Model } from '../model/model.ts'
import type { Statement } from '../model/statement.ts'
import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

const PASSES = new Set(['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass'])

export const rule: Rule = {
  name: 'upstream-keepalive-ineffective',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'performance',
  alias: ['nginx-lint: proxy-keepalive'],
  summary: 'keepalive is set in the upstream, but connections are closed after each request.',
  why: 'Before 1.29.7 nginx speaks HTTP/1.0 to upstreams and sends “Connection: close”. keepalive works only with proxy_http_version 1.1 and an empty Connection header, with fastcgi_keep_conn on for FastCGI, and never for uwsgi_pass.',
  visits: [''],
  bad: [
    'http { upstream app { server 10.0.0.1:80; keepalive 8; } server { location / { proxy_pass http://app; } } }',
    'http { upstream app { server 10.0.0.1:80; keepalive 8; } server { location / { proxy_http_version 1.1; proxy_pass http://app; } } }',
    'http { upstream app { server 10.0.0.1:80; keepalive 8; } server { location / { proxy_set_header Connection ""; proxy_pass http://app; } } }',
    'http { upstream app { server unix:/run/a.sock; keepalive 8; } server { location / { uwsgi_pass app; } } }',
    'http { upstream app { server unix:/run/a.sock; keepalive 8; } server { location / { fastcgi_pass app; } } }',
  ],
  good: [
    'http { upstream app { server 10.0.0.1:80; keepalive 8; } server { location / { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://app; } } }',
    'http { upstream app { server 10.0.0.1:80; } server { location / { proxy_pass http://app; } } }',
    'http { upstream app { server unix:/run/a.sock; keepalive 8; } server { location / { fastcgi_keep_conn on; fastcgi_pass app; } } }',
    'http { map $http_upgrade $up { default upgrade; "" ""; } upstream app { server 10.0.0.1:80; keepalive 8; } server { location / { proxy_http_version 1.1; proxy_set_header Connection $up; proxy_pass http://app; } } }',
    {
      nginx: '1.30.6',
      conf: 'http { upstream app { server 10.0.0.1:80; keepalive 8; } server { location / { proxy_pass http://app; } } }',
    },
  ],
  check(_root, { model, report }) {
    // One finding per upstream, at the first pass that wastes it.
    const said = new Set<Statement>()
    for (const pass of model.all) {
      if (!PASSES.has(pass.name) || pass.module !== 'http' || pass.arg.includes('$')) continue
      const upstream = model.upstream(readTarget(pass).host)
      const keepalive = upstream?.first('keepalive')
      if (upstream === undefined || keepalive === undefined || keepalive.arg === '0' || said.has(upstream))
        continue
      const fault = faultOf(pass, upstream.arg, model)
      if (fault === undefined) continue
      said.add(upstream)
      report(pass, fault.message, { help: fault.help })
    }
  },
}

function faultOf(pass: Statement, name: string, model: Model): { message: string; help: string } | undefined {
  const block = pass.parent
  if (block === undefined) return undefined
  if (pass.name === 'uwsgi_pass' || pass.name === 'scgi_pass') {
    return {
      message: `${pass.name} opens a connection per request: keepalive of upstream ${name} does nothing`,
      help: 'drop keepalive, or use fastcgi_pass with fastcgi_keep_conn on (postern’s gateway speaks it on the same socket)',
    }
  }
  if (unreadAround(block)) return undefined
  if (pass.name === 'fastcgi_pass') {
    if (block.effective('fastcgi_keep_conn')?.arg === 'on') return undefined
    return {
      message: `keepalive of upstream ${name} needs fastcgi_keep_conn here`,
      help: 'fastcgi_keep_conn on;',
    }
  }
  if (!model.before('1.29.7')) return undefined
  const version = block.effective('proxy_http_version')?.arg
  const connection = block
    .effectiveAll('proxy_set_header')
    .find((one) => one.arg.toLowerCase() === 'connection')?.args[1]
  const lacks = [
    version === '1.1' || version === '2' ? undefined : 'proxy_http_version 1.1;',
    connection === undefined || /^close$/i.test(connection) ? 'proxy_set_header Connection "";' : undefined,
  ].filter((one) => one !== undefined)
  if (lacks.length === 0) return undefined
  return {
    message: `connections to upstream ${name} are closed after each request, in spite of its keepalive`,
    help: lacks.join(' '),
  }
}
