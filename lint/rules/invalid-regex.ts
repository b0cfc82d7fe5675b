// $1 … $9 that no group fills.

import { readRegex } from '../model/regex/read.ts'
import { captureProviders } from '../model/taint/captures.ts'
import { variablesOf } from '../model/value.ts'
import type { Rule } from '../rule.ts'

const VISITS = [
  'rewrite',
  'set',
  'return',
  'add_header',
  'proxy_pass',
  'uwsgi_pass',
  'fastcgi_pass',
  'proxy_set_header',
  'uwsgi_param',
  'fastcgi_param',
  'alias',
  'root',
  'try_files',
  'error_page',
  'map',
]

export const rule: Rule = {
  name: 'invalid-regex',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['gixy: invalid_regex'],
  summary: 'A capture is used that no group fills.',
  why: '$2 without a second group is empty, or still holds the capture of an earlier regex. nginx says nothing.',
  visits: VISITS,
  bad: [
    'server { rewrite ^/blog/(.*)$ /posts/$1/$2 last; }',
    'server { rewrite ^/old$ /new/$1 permanent; }',
    'location / { if ($http_cookie ~ "id=([^;]+)") { set $id $2; } }',
    'server { location / { return 301 https://example.com/$1; } }',
    'map $uri $name { default x; ~^/a $1; }',
    'server { location ~ ^/u/(?:[a-z]+)/ { proxy_pass http://app/$1; } }',
  ],
  good: [
    'server { rewrite ^/blog/(.*)/(.*)$ /posts/$1/$2 last; }',
    'location / { if ($http_cookie ~ "id=([^;]+)") { set $id $1; } }',
    'server { location ~ ^/u/([a-z]+)/ { proxy_pass http://app/$1; } }',
    'server { server_name ~^(.+)\\.example\\.com$; location / { root /srv/$1; } }',
    'map $uri $name { default x; ~^/a/(.*) $1; }',
    'server { rewrite (?>a+)(b) /$1; }',
    'server { location / { rewrite ^/(.*)$ /x/$1 break; proxy_pass http://app/$1; } }',
    'server { location ~ ^/(\\d+)$ { error_page 404 @x; } location @x { return 302 /y/$1; } }',
  ],
  check(at, { model, report }) {
    if (at.name === 'map') {
      for (const entry of at.entries) {
        if (!entry.name.startsWith('~')) continue
        const regex = readRegex(entry.name.replace(/^~\*?/, ''), entry.name.startsWith('~*'))
        for (const variable of variablesOf(entry.args[0] ?? '')) {
          if (!/^[1-9]$/.test(variable) || Number(variable) <= regex.groups || regex.js === undefined)
            continue
          report(entry, `$${variable} is used, but the regex has ${count(regex.groups)}`, {
            word: 0,
            help: 'add the group, or use the number of one that is there',
          })
        }
      }
      return
    }
    at.args.forEach((value, word) => {
      if (at.name === 'rewrite' && word !== 1) return
      const used = variablesOf(value).filter((variable) => /^[1-9]$/.test(variable))
      if (used.length === 0) return
      const providers = captureProviders(at)
      const most = Math.max(0, ...providers.map((one) => (one.regex.js === undefined ? 9 : one.regex.groups)))
      for (const variable of new Set(used)) {
        if (Number(variable) <= most) continue
        const elsewhere = providers.length === 0 || at.name !== 'rewrite'
        // Captures survive into other locations (error_page, try_files) and come from maps: only a server without any is sure.
        if (
          elsewhere &&
          providers.every((one) => one.at.name !== 'if' || one.regex.groups === 0) &&
          filledElsewhere(at, model, Number(variable))
        )
          continue
        const last = providers[0]
        report(
          at,
          last === undefined
            ? `$${variable} is used, but no regex fills it`
            : `$${variable} is used, but the regex has ${count(most)}`,
          {
            word,
            help: 'add the group, or use the number of one that is there',
          },
        )
      }
    })
  },
}

const count = (groups: number): string =>
  groups === 0 ? 'no group' : groups === 1 ? 'one group' : `${groups} groups`

function filledElsewhere(
  at: Parameters<Rule['check']>[0],
  model: Parameters<Rule['check']>[1]['model'],
  index: number,
): boolean {
  const server = at.within('server')
  const fills = (source: string): boolean =>
    readRegex(source, false).groups >= index || readRegex(source, false).js === undefined
  if (
    model
      .named('map')
      .some((map) => map.entries.some((entry) => entry.name.startsWith('~') && fills(entry.name.slice(1))))
  )
    return true
  if (server === undefined) return false
  const location = at.within('location')
  for (const one of server.below()) {
    if (one === at || one.within('location') === location) continue
    if (
      one.name === 'location' &&
      one !== location &&
      one.args.some((arg) => arg.includes('(') && fills(arg.replace(/^~\*?/, '')))
    )
      return true
    if (one.name === 'rewrite' && fills(one.arg)) return true
    if (one.name === 'if' && one.args.some((arg) => arg.includes('(') && fills(arg.replace(/^\(|\)$/g, ''))))
      return true
  }
  return false
}
