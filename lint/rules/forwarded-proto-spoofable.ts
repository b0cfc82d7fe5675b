// What the client says about itself, passed on as if nginx knew it.

import type { Statement } from '../model/statement.ts'
import type { Scope } from '../model/taint/flow.ts'
import { variablesOf } from '../model/value.ts'
import type { Rule } from '../rule.ts'

const INSTEAD: Record<string, string> = {
  proto: '$scheme',
  ssl: '$https',
  scheme: '$scheme',
  host: '$host',
  port: '$server_port',
  for: '$proxy_add_x_forwarded_for',
  'real-ip': '$remote_addr',
}

/** Another proxy stands in front, and is named. */
const behindProxy = (at: Statement): boolean =>
  at.parent?.effectiveAll('set_real_ip_from').some((one) => !one.arg.endsWith('/0')) === true

/** The client's own header that ends up in the value, itself or by way of a map or a set. */
function sent(value: string, at: Statement, scope: Scope, depth: number): string | undefined {
  if (depth === 0) return undefined
  for (const variable of variablesOf(value)) {
    if (/^http_(?:x_)?(?:forwarded|real_ip|client_ip|scheme)/.test(variable)) return variable
    const values = [
      ...(scope.tables.get(variable) ?? []).flatMap((table) =>
        table.name === 'map' ? table.entries.map((entry) => entry.args[0] ?? '') : [],
      ),
      ...(scope.sets.get(variable) ?? [])
        .filter((set) => set.within('server') === at.within('server'))
        .map((set) => set.args[1] ?? ''),
    ]
    for (const inner of values) {
      const found = sent(inner, at, scope, depth - 1)
      if (found !== undefined) return found
    }
  }
  return undefined
}

export const rule: Rule = {
  name: 'forwarded-proto-spoofable',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'A forwarded header of the client is passed on unchanged.',
  why: 'The application trusts X-Forwarded-Proto and X-Forwarded-For because nginx sets them. With $http_x_forwarded_proto the client sets them: plain http counts as secure (SECURE_PROXY_SSL_HEADER), any address as its own.',
  visits: ['proxy_set_header', 'uwsgi_param', 'fastcgi_param', 'scgi_param', 'grpc_set_header'],
  bad: [
    'location / { proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto; proxy_pass http://app; }',
    'location / { uwsgi_param HTTP_X_FORWARDED_PROTO $http_x_forwarded_proto; uwsgi_pass unix:/run/a.sock; }',
    'location / { proxy_set_header X-Real-IP $http_x_forwarded_for; proxy_pass http://app; }',
    'location / { uwsgi_param REMOTE_ADDR $http_x_real_ip; }',
    'map $http_x_forwarded_proto $proto { default $http_x_forwarded_proto; "" $scheme; } server { location / { proxy_set_header X-Forwarded-Proto $proto; proxy_pass http://app; } }',
    'server { set $proto $http_x_forwarded_proto; location / { proxy_set_header X-Forwarded-Proto $proto; proxy_pass http://app; } }',
  ],
  good: [
    'location / { proxy_set_header X-Forwarded-Proto $scheme; proxy_pass http://app; }',
    'location / { proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_pass http://app; }',
    'http { set_real_ip_from 10.0.0.0/8; server { location / { proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto; proxy_pass http://app; } } }',
    'location / { proxy_set_header X-Request-ID $http_x_request_id; proxy_pass http://app; }',
    'map $https $proto { default http; on https; } server { location / { proxy_set_header X-Forwarded-Proto $proto; proxy_pass http://app; } }',
  ],
  check(at, { model, report }) {
    const name = at.arg
      .toLowerCase()
      .replace(/^http_/, '')
      .replace(/_/g, '-')
    const kind =
      /^x-(?:forwarded-(proto|ssl|scheme|host|port|for|protocol)|(real-ip|scheme|client-ip))$/.exec(name)
    const address = /^remote-addr$|^url-scheme$|^uwsgi-scheme$|^request-scheme$|^https$/.test(name)
    if (kind === null && !address) return
    const value = at.args[1] ?? ''
    const from = sent(value, at, model.scope, 4)
    if (from === undefined || behindProxy(at)) return
    const key = kind?.[1] ?? kind?.[2] ?? ''
    const right =
      key === 'client-ip'
        ? '$remote_addr'
        : key === 'protocol'
          ? '$scheme'
          : (INSTEAD[key] ?? (name === 'remote-addr' ? '$remote_addr' : '$scheme'))
    report(at, `${at.arg} is whatever the client sent as ${from.replace(/^http_/, '').replace(/_/g, '-')}`, {
      word: 1,
      help: `use ${right}; behind another proxy, name it with set_real_ip_from`,
    })
  },
}
