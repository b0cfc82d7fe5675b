// What every request to the site meets before a location has a say: limits, the client's address, headers, gzip.

import { expr } from '../arg.ts'
import { block, literal, type Section, section } from '../site.ts'
import { can } from '../target.ts'
import type { Draft } from './draft.ts'
import { serverHeaders } from './headers.ts'
import { maintenanceSwitch } from './pages.ts'
import { duration } from './units.ts'

export function bodySections(draft: Draft): Section[] {
  const { limits, timeouts, compress, realIp } = draft.config
  return [
    section(
      'What one request may weigh, and how long a client may take to send it.',
      literal('client_max_body_size', limits.body),
      literal('client_body_buffer_size', '64k'),
      literal('large_client_header_buffers', 4, limits.headers),
      can(draft.facts.target, 'max_headers') ? literal('max_headers', limits.headerLines) : undefined,
      literal('client_header_timeout', duration(timeouts.headers)),
      literal('client_body_timeout', duration(timeouts.body)),
      literal('send_timeout', duration(timeouts.send)),
    ),
    section(
      'Redirects name a path, not a host or a port that only nginx sees.',
      literal('absolute_redirect', 'off'),
    ),
    ...(realIp
      ? [
          section(
            'The proxies in front say who the client is; nobody else may.',
            ...realIp.from.map((network) => literal('set_real_ip_from', network)),
            literal('real_ip_header', realIp.header),
            literal('real_ip_recursive', 'on'),
          ),
        ]
      : []),
    serverHeaders(draft),
    ...(compress.on
      ? [
          section(
            'Text shrinks to a third. HTML is always included; what is compressed already is not.',
            literal('gzip', 'on'),
            literal('gzip_comp_level', compress.level),
            literal('gzip_min_length', compress.minLength),
            literal('gzip_proxied', 'any'),
            literal('gzip_vary', 'on'),
            literal('gzip_types', ...compressible),
          ),
        ]
      : []),
    ...replayed(draft),
    ...maintenanceSwitch(draft),
  ].filter((one) => one.lines.length > 0)
}

/** Early data may be a copy somebody else sends again: only requests that change nothing are answered from it. */
function replayed(draft: Draft): Section[] {
  if (!draft.config.tls?.earlyData) return []
  const unsafe = draft.map(
    'replayable',
    'A request that changes something, in data that may have been sent before.',
    '$ssl_early_data:$request_method',
    [
      ['default', ''],
      ['~^1:(?!GET$|HEAD$|OPTIONS$)', '1'],
    ],
  )
  return [
    section(
      '425 makes the client say it again after the handshake (RFC 8470).',
      block('if', [expr(`(${unsafe.expr})`)], [literal('return', 425)]),
    ),
  ]
}

const compressible = [
  'text/css',
  'text/plain',
  'text/xml',
  'text/javascript',
  'text/csv',
  'text/markdown',
  'application/javascript',
  'application/json',
  'application/ld+json',
  'application/manifest+json',
  'application/problem+json',
  'application/xml',
  'application/rss+xml',
  'application/atom+xml',
  'application/wasm',
  'image/svg+xml',
  'font/ttf',
  'font/otf',
]
