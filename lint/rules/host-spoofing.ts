// The Host (or forwarded host) that an application is told.

import { holds } from '../model/chars.ts'
import type { Model } from '../model/model.ts'
import type { Statement } from '../model/statement.ts'
import { variablesOf } from '../model/value.ts'
import { type Rule, replaceArg } from '../rule.ts'

const SPOOFABLE =
  /^(?:http_host|http_x_forwarded_host|http_x_host|http_forwarded|http_x_original_host|arg_.+|cookie_.+|http_x_.+)$/

/** $host has no port; only behind the standard ones is that all the same. */
function plainPorts(model: Model, at: Statement): boolean {
  const site = model.siteOf(at)
  return site?.listens.every((one) => one.port === 80 || one.port === 443) === true
}

export const rule: Rule = {
  name: 'host-spoofing',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: host_spoofing'],
  summary: 'The application is given a Host that the client chose.',
  why: '$http_host is whatever the client sent, even when the request line names another host; links and password-reset mails get built from it. $host is checked, lower-cased and follows the request line, as the choice of the server did.',
  visits: ['proxy_set_header', 'grpc_set_header', 'uwsgi_param', 'fastcgi_param', 'scgi_param'],
  bad: [
    'location / { proxy_set_header Host $http_host; proxy_pass http://app; }',
    'location / { proxy_set_header Host $http_host:8080; proxy_pass http://app; }',
    'location / { proxy_set_header Host $http_x_forwarded_host; proxy_pass http://app; }',
    'location / { proxy_set_header host $arg_host; proxy_pass http://app; }',
    'location / { proxy_set_header Host $cookie_tenant.example.com; proxy_pass http://app; }',
    'location / { uwsgi_param HTTP_HOST $http_host; uwsgi_pass unix:/run/app.sock; }',
  ],
  good: [
    'map $server_port $port { 443 ""; default ":$server_port"; } map $http_host $host_port { default $port; "~(:[0-9]+)$" $1; } server { location / { proxy_set_header Host $host$host_port; proxy_pass http://app; } }',
    'map $http_host $host_port { default ""; "~(:[0-9]+)$" $1; } server { location / { proxy_set_header Host $host$host_port; proxy_pass http://app; } }',
    'location / { proxy_set_header Host $host; proxy_pass http://app; }',
    'location / { proxy_set_header Host $host:$server_port; proxy_pass http://app; }',
    'location / { proxy_set_header Host example.com; proxy_pass http://app; }',
    'location / { proxy_set_header X-Forwarded-For $remote_addr; proxy_pass http://app; }',
    'location / { proxy_set_header Host $proxy_host; proxy_pass http://app; }',
    'location / { uwsgi_param HTTP_HOST $host; uwsgi_pass unix:/run/app.sock; }',
  ],
  fixable: true,
  check(at, { model, report }) {
    const name = at.arg.toLowerCase()
    if (name !== 'host' && name !== ':authority' && name !== 'http_host') return
    const value = at.args[1] ?? ''
    for (const variable of variablesOf(value)) {
      let found = SPOOFABLE.test(variable)
      if (!found && variable !== 'host') {
        // Through set or map: what does it come down to?
        const taint = model.taint(variable, at)
        found =
          taint.client &&
          taint.texts === undefined &&
          holds(taint.chars, 'abc') &&
          !/^(?:request_uri|server_name)$/.test(variable)
      }
      if (!found) continue
      report(at, `Host is taken from $${variable}, which the client chooses`, {
        word: 1,
        help: 'use $host and list the names you serve in server_name; let a default server refuse all others',
        ...(value === '$http_host' && plainPorts(model, at) ? { fix: replaceArg(at, 1, '$host') } : {}),
      })
      return
    }
  },
}
