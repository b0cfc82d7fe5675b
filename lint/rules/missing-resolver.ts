// A host name that is looked up once, at the start.

import { readTarget } from '../model/handler.ts'
import type { Statement } from '../model/statement.ts'
import type { Context, Rule } from '../rule.ts'

const INSIDE =
  /\.(?:local|internal|lan|localhost|localdomain|home|corp|private|svc|consul|docker|intranet|test|invalid|cluster|arpa|onion|k8s|mesh)\.?$|\.svc\.|\.cluster\./i

function isPublicName(host: string): boolean {
  const name = host.replace(/:\d+$/, '')
  return /^[a-z0-9](?:[a-z0-9-]*\.)+[a-z]{2,}\.?$/i.test(name) && !INSIDE.test(name)
}

export const rule: Rule = {
  name: 'missing-resolver',
  severity: 'info',
  confidence: 'medium',
  since: '0.1.0',
  topic: 'proxy',
  alias: ['gixy: missing_resolver', 'gixy: stale_dns_cache', 'nginx-lint: upstream-server-no-resolve'],
  summary: 'The name of an upstream is looked up only when nginx starts.',
  why: 'nginx keeps the addresses it found at its start until it is reloaded. Cloud services change theirs without notice: the site then answers 502, or sends its requests to whoever has the old address now.',
  visits: ['proxy_pass', 'uwsgi_pass', 'fastcgi_pass', 'grpc_pass', 'upstream'],
  bad: [
    'server { listen 80; location / { proxy_pass https://api.example.com; } }',
    'upstream api { server api.example.com:443; } server { listen 80; location / { proxy_pass https://api; } }',
  ],
  good: [
    'server { listen 80; location / { proxy_pass http://127.0.0.1:8000; } }',
    'server { listen 80; location / { proxy_pass http://app:8000; } }',
    'server { listen 80; resolver 10.0.0.2; location / { set $api api.example.com; proxy_pass https://$api; } }',
    {
      nginx: '1.28.0',
      conf: 'upstream api { zone api 64k; server api.example.com:443 resolve; } server { listen 80; location / { proxy_pass https://api; } }',
    },
    'server { listen 80; location / { proxy_pass http://app.default.svc.cluster.local; } }',
  ],
  check(at, context) {
    if (at.name === 'upstream') {
      if (!at.isBlock || !context.model.isOpen(at)) return
      for (const server of at.all('server'))
        if (!server.args.includes('resolve') && isPublicName(server.arg)) say(server, server.arg, context)
      return
    }
    if (at.arg.includes('$') || !context.model.isOpen(at)) return
    const { host } = readTarget(at)
    if (context.model.upstream(host) === undefined && isPublicName(host)) say(at, host, context)
  },
}

function say(at: Statement, host: string, { model, report }: Context): void {
  const help = model.before('1.27.3')
    ? 'resolver 127.0.0.53; set $host_name name; proxy_pass https://$host_name; looks it up again'
    : 'upstream with `zone` and `server … resolve;` and a resolver'
  report(at, `${host} is looked up only when nginx starts`, { word: 0, help })
}
