// keepalive in an upstream that no pass makes use of.

import { readTarget } from '../model/handler.ts'
import { unreadAround } from '../model/unread.ts'
import type { Rule } from '../rule.ts'

export const rule: Rule = {
  name: 'upstream-keepalive-ineffective',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'performance',
  alias: ['nginx-lint: proxy-keepalive'],
  summary: 'keepalive is set in the upstream, but connections are closed after each request.',
  why: 'Before 1.29.7 nginx speaks HTTP/1.0 to upstreams and sends “Connection: close”. keepalive works only with proxy_http_version 1.1 and an empty Connection header, with fastcgi_keep_conn on for FastCGI, and never for uwsgi_pass.',
  visits: ['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass'],
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
  check(at, { model, report }) {
    const block = at.parent
    if (block === undefined || at.module !== 'http' || at.arg.includes('$')) return
    const upstream = model.upstream(readTarget(at).host)
    const keepalive = upstream?.first('keepalive')
    if (upstream === undefined || keepalive === undefined || keepalive.arg === '0') return
    if (at.name === 'uwsgi_pass' || at.name === 'scgi_pass') {
      report(
        at,
        `${at.name} opens a connection per request: keepalive of upstream ${upstream.arg} does nothing`,
        {
          help: 'drop keepalive, or use fastcgi_pass with fastcgi_keep_conn on (postern’s gateway speaks it on the same socket)',
        },
      )
      return
    }
    if (unreadAround(block)) return
    if (at.name === 'fastcgi_pass') {
      if (block.effective('fastcgi_keep_conn')?.arg !== 'on')
        report(at, `keepalive of upstream ${upstream.arg} needs fastcgi_keep_conn here`, {
          help: 'fastcgi_keep_conn on;',
        })
      return
    }
    if (!model.before('1.29.7')) return
    const version = block.effective('proxy_http_version')?.arg
    const connection = block
      .effectiveAll('proxy_set_header')
      .find((one) => one.arg.toLowerCase() === 'connection')?.args[1]
    const lacks = [
      version === '1.1' || version === '2' ? undefined : 'proxy_http_version 1.1;',
      connection === undefined || /^close$/i.test(connection) ? 'proxy_set_header Connection "";' : undefined,
    ].filter((one) => one !== undefined)
    if (lacks.length > 0)
      report(
        at,
        `connections to upstream ${upstream.arg} are closed after each request, in spite of its keepalive`,
        { help: lacks.join(' ') },
      )
  },
}
