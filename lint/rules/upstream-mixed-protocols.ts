// One pool of kept connections, several protocols.

import { PASSES, readTarget } from '../model/handler.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

/** What is spoken on the connections of a pass. */
function protocolOf(pass: Statement): string {
  const { scheme } = readTarget(pass)
  if (pass.name === 'proxy_pass') return scheme === 'https' ? 'https' : 'http'
  const name = pass.name.replace('_pass', '')
  return /^(?:grpcs|suwsgi)$/.test(scheme) ? `${name} over TLS` : name
}

export const rule: Rule = {
  name: 'upstream-mixed-protocols',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'proxy',
  summary: 'An upstream with keepalive is used by passes of different protocols.',
  why: 'The kept connections of an upstream are one pool, known by address alone. A connection that a fastcgi_pass left open is given to the next proxy_pass, which writes HTTP into it: 502 now and then, under load, and never in a test.',
  visits: ['upstream'],
  bad: [
    'http { upstream app { server unix:/run/a.sock; keepalive 8; } server { location / { fastcgi_keep_conn on; fastcgi_pass app; } location /ws/ { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_pass http://app; } } }',
    'http { upstream app { server 10.0.0.1:8000; keepalive 8; } server { location / { proxy_pass http://app; } location /u/ { uwsgi_pass app; } } }',
    'http { upstream app { server 10.0.0.1:443; keepalive 8; } server { location / { proxy_pass http://app; } location /s/ { proxy_pass https://app; } } }',
  ],
  good: [
    'http { upstream app { server unix:/run/a.sock; keepalive 8; } server { location / { fastcgi_keep_conn on; fastcgi_pass app; } location /x/ { fastcgi_keep_conn on; fastcgi_pass app; } } }',
    'http { upstream app { server unix:/run/a.sock; keepalive 8; } upstream app_http { server unix:/run/a.sock; } server { location / { fastcgi_keep_conn on; fastcgi_pass app; } location /ws/ { proxy_pass http://app_http; } } }',
    'http { upstream app { server unix:/run/a.sock; } server { location / { fastcgi_pass app; } location /ws/ { proxy_pass http://app; } } }',
    'http { upstream app { server 10.0.0.1:8000; keepalive 8; } server { location / { proxy_pass http://app; } location /a/ { proxy_pass http://app/b/; } } }',
    {
      nginx: '1.30.1',
      conf: 'http { upstream app { server unix:/run/a.sock; keepalive 8 local; } server { location / { fastcgi_keep_conn on; fastcgi_pass app; } location /ws/ { proxy_pass http://app; } } }',
    },
  ],
  check(upstream, { model, report }) {
    const keepalive = upstream.first('keepalive')
    if (keepalive === undefined || keepalive.arg === '0' || keepalive.args.includes('local')) return
    if (upstream.module !== 'http' || model.upstream(upstream.arg) !== upstream) return
    const passes = model.passes.filter(
      (pass) =>
        (PASSES as readonly string[]).includes(pass.name) &&
        pass.module === 'http' &&
        !pass.arg.includes('$') &&
        model.upstream(readTarget(pass).host) === upstream,
    )
    const spoken = [...new Set(passes.map(protocolOf))]
    if (spoken.length < 2) return
    report(
      keepalive,
      `${spoken.slice(0, -1).join(', ')} and ${spoken.at(-1)} share the kept connections of upstream ${upstream.arg}`,
      { help: `make one upstream for each protocol, with the same servers; keepalive can stay in each` },
    )
  },
}
