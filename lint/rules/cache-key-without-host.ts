// One cache entry for several sites, or for everything.

import { variablesOf } from '../model/value.ts'
import type { Rule } from '../rule.ts'

const HOSTS = /^(?:host|http_host|server_name|proxy_host|ssl_server_name|hostname)$/
const PLAIN =
  /^(?:scheme|request_method|request_uri|uri|document_uri|args|query_string|is_args|arg_.+|cookie_.+|http_.+|slice_range|request_body|server_protocol|[1-9])$/

export const rule: Rule = {
  name: 'cache-key-without-host',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  summary: 'The cache key does not tell hosts, or requests, apart.',
  why: 'Without the host in the key, the page of one site is served for the other. uwsgi, fastcgi and scgi have no key by default at all: every request gets the answer of the first.',
  visits: [
    'proxy_cache_key',
    'uwsgi_cache_key',
    'fastcgi_cache_key',
    'scgi_cache_key',
    'uwsgi_cache',
    'fastcgi_cache',
    'scgi_cache',
  ],
  bad: [
    'http { proxy_cache_key $request_uri; server { location / { proxy_cache c; proxy_pass http://a; } } }',
    'location / { uwsgi_cache c; uwsgi_pass unix:/run/a.sock; }',
    'location / { fastcgi_cache c; fastcgi_cache_key "$scheme$request_method$request_uri"; fastcgi_pass 127.0.0.1:9000; }',
  ],
  good: [
    'http { proxy_cache_key $scheme$host$request_uri; server { location / { proxy_cache c; proxy_pass http://a; } } }',
    'location / { uwsgi_cache c; uwsgi_cache_key $scheme$host$request_uri; uwsgi_pass unix:/run/a.sock; }',
    'location / { proxy_cache c; proxy_pass http://a; }',
    'location / { uwsgi_cache off; uwsgi_pass unix:/run/a.sock; }',
    'location / { proxy_cache_key $scheme$proxy_host$request_uri; }',
    'server { uwsgi_cache_key $host$uri; location / { uwsgi_cache c; uwsgi_pass unix:/run/a.sock; } }',
    'location / { proxy_cache_key $my_key; }',
  ],
  check(at, { model, report }) {
    if (at.name.endsWith('_key')) {
      const variables = variablesOf(at.arg).flatMap((variable) => {
        const sets = model.scope.sets.get(variable) ?? []
        return [variable, ...sets.flatMap((set) => variablesOf(set.args[1] ?? ''))]
      })
      if (variables.some((variable) => HOSTS.test(variable))) return
      if (variables.length > 0 && !variables.every((variable) => PLAIN.test(variable))) return
      report(
        at,
        variables.length === 0
          ? 'every request has the same key'
          : 'requests for different hosts have the same key',
        { word: 0, help: `${at.name} $scheme$host$request_uri;` },
      )
      return
    }
    const block = at.parent
    if (at.arg === 'off' || block === undefined || block.effective(`${at.name}_key`) !== undefined) return
    if (
      block.below(`${at.name}_key`).length > 0 ||
      block.all('include').some((one) => (one.node?.included ?? []).length === 0 && !/_params$/.test(one.arg))
    )
      return
    report(at, `${at.name}_key is not set and has no default: all requests share one entry`, {
      help: `${at.name}_key $scheme$host$request_uri;`,
    })
  },
}
