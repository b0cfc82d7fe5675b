// Values that reach a header or a request line and can hold a line end.

import { charsOf, holds } from '../model/chars.ts'
import { isRedirectingRewrite, redirectTarget } from '../model/handler.ts'
import { readRegex } from '../model/regex/read.ts'
import type { Statement } from '../model/statement.ts'
import { variablesOf } from '../model/value.ts'
import type { Rule } from '../rule.ts'

/** The arguments that are written into a head. */
function written(at: Statement): { word: number; towards: 'client' | 'upstream' }[] {
  switch (at.name) {
    case 'rewrite':
      return isRedirectingRewrite(at) ? [{ word: 1, towards: 'client' }] : []
    case 'return': {
      const target = redirectTarget(at)
      return target === undefined ? [] : [{ word: target.word, towards: 'client' }]
    }
    case 'error_page':
      return /^https?:\/\//.test(at.args.at(-1) ?? '')
        ? [{ word: at.args.length - 1, towards: 'client' }]
        : []
    case 'add_header':
    case 'add_trailer':
      return [{ word: 1, towards: 'client' }]
    case 'more_set_headers':
      return at.args.map((_, word) => ({ word, towards: 'client' as const }))
    case 'proxy_set_header':
    case 'grpc_set_header':
      return [{ word: 1, towards: 'upstream' }]
    default:
      return [{ word: 0, towards: 'upstream' }]
  }
}

export const rule: Rule = {
  name: 'http-splitting',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  alias: ['gixy: http_splitting'],
  summary: 'A value that can hold a line end is written into a header or a request line.',
  why: 'nginx decodes %0d%0a in the path before it makes $uri, $document_uri and the captures of location and rewrite. Written into a header they end it, and what follows is a header, or a whole answer, of the client’s choice. $request_uri is never decoded.',
  visits: [
    'rewrite',
    'return',
    'error_page',
    'add_header',
    'add_trailer',
    'more_set_headers',
    'proxy_set_header',
    'grpc_set_header',
    'proxy_pass',
  ],
  bad: [
    'server { return 301 https://$host$uri; }',
    'server { return https://example.com$document_uri; }',
    'location ~ ^/api/([^/]+)/ { add_header X-Section $1; }',
    'location / { rewrite ^ https://example.com$uri permanent; }',
    'server { error_page 404 https://example.com/missing$uri; }',
    'location ~ /v1/((?<action>[^.]*)\\.json)?$ { add_header X-Action $action; }',
    'location / { proxy_set_header X-Path $uri; proxy_pass http://app; }',
    'location ~ ^/files/(\\W*)$ { proxy_pass http://storage/$1; }',
    'server { set $where $uri; location / { return 302 /login?next=$where; } }',
  ],
  good: [
    'server { return 301 https://$host$request_uri; }',
    'location ~ ^/api/([a-z0-9]+)/ { add_header X-Section $1; }',
    'location ~ ^/files/(.*)$ { return 301 https://files.example.com/$1; }',
    'location / { return 200 "you asked for $uri"; }',
    'location = /old { return 301 https://example.com$uri; }',
    'location / { if ($request_uri ~ "^/([^?]*)") { return 301 https://example.com/$1; } }',
    'location / { rewrite ^/a/([^/]+)$ /b/$1 last; }',
    'location / { rewrite ^/proxy/(a|b)/(?<path>\\W*)$ http://storage/$path redirect; }',
    'map $uri $section { default other; ~^/blog blog; } server { add_header X-Section $section; }',
  ],
  fixable: true,
  check(at, { model, report }) {
    for (const { word, towards } of written(at)) {
      const value = at.args[word]
      if (value === undefined || !value.includes('$')) continue
      // nginx escapes a redirecting rewrite's own captures.
      const own = at.name === 'rewrite' ? readRegex(at.arg, false) : undefined
      for (const variable of variablesOf(value)) {
        if (
          own !== undefined &&
          (/^[1-9]$/.test(variable) || [...own.names.keys()].some((name) => name.toLowerCase() === variable))
        )
          continue
        const taint = model.taint(variable, at)
        if (!taint.client || !holds(taint.chars, towards === 'client' ? '\n\r' : '\n')) continue
        const end = (taint.chars & charsOf('\n')) === 0n ? '\\r' : '\\n'
        const raw = at.node?.args[word]?.raw ?? ''
        const plain =
          (variable === 'uri' || variable === 'document_uri') &&
          /\$(?:document_)?uri(?!\w)/.test(raw) &&
          !raw.includes('args')
        report(
          at,
          `$${variable} can hold a line end (${end}) and is written into ${towards === 'client' ? 'the answer’s head' : 'the request to the upstream'}`,
          {
            word,
            help: 'use $request_uri, which stays encoded, or a capture that excludes line ends, such as [^/\\s]+',
            ...(plain && at.name === 'return'
              ? {
                  fix: [
                    {
                      file: at.node?.file ?? '',
                      start: at.node?.args[word]?.span.start.offset ?? 0,
                      end: at.node?.args[word]?.span.end.offset ?? 0,
                      text: raw.replace(/\$(?:document_)?uri(?!\w)/, '$request_uri'),
                    },
                  ],
                }
              : {}),
          },
        )
        break
      }
    }
  },
}
