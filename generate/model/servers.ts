// The server blocks: which names on which addresses, what happens to other names, to http and to aliases.

import type { Tls } from '../../config/schema/tls.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { block, type Location, line, literal, type Section, type Server, section } from '../site.ts'
import { can } from '../target.ts'
import type { Draft } from './draft.ts'
import { hstsSection, locationHeaders, serverHeaders } from './headers.ts'
import { canonicalHost, serverNamesOf } from './names-of-site.ts'
import { maintenanceSwitch } from './pages.ts'
import { certificateSection, challengeLocations, httpsTarget, protocolSections, tlsListens } from './tls.ts'
import { duration } from './units.ts'

/** A bare port listens on IPv4 and, where the machine has it, IPv6. */
function addressesOf(draft: Draft, given: string[]): string[] {
  return given.flatMap((address) =>
    /^\d+$/.test(address) && draft.facts.ipv6 ? [address, `[::]:${address}`] : [address],
  )
}

export function planServers(draft: Draft, locations: Location[]): Server[] {
  const { config, facts } = draft
  const hosts = serverNamesOf(config, facts)
  const closed = hosts.length > 0 && config.unknownHosts !== 'serve'
  return [
    ...(closed ? rejectServers(draft) : []),
    ...(config.tls?.redirect ? [redirectServer(draft, hosts, closed)] : []),
    ...aliasServers(draft, hosts),
    siteServer(draft, hosts, closed, locations),
  ]
}

/** Without a certificate nginx would not start, and without nginx the authority would give none. */
export function waitingServer(draft: Draft): Server {
  return {
    why: 'Waiting for the certificate: only its authority is answered. Build again when it is there.',
    listens: addressesOf(draft, draft.config.listen).map((address) => [address, 'default_server']),
    names: ['_'],
    outer: [],
    sections: [],
    locations: [
      ...healthLocations(draft),
      ...challengeLocations(draft),
      {
        why: 'Nothing is said without https.',
        match: { modifier: undefined, path: '/' },
        sections: [
          section(
            '',
            literal('default_type', 'text/plain'),
            line('return', 503, 'This site is being set up.\n'),
          ),
        ],
        locations: [],
      },
    ],
    body: false,
  }
}

function siteServer(draft: Draft, hosts: string[], closed: boolean, locations: Location[]): Server {
  const { config } = draft
  const { tls } = config
  const standard = closed ? [] : ['default_server']
  const plain = addressesOf(draft, config.listen).map((address) => [address, ...standard])
  const secure = tls ? tlsListens(draft, tls, addressesOf(draft, tls.listen), !closed, standard) : []
  return {
    why: `${draft.names.site}.`,
    listens: [...(tls?.redirect ? [] : plain), ...secure],
    names: hosts.length > 0 ? hosts : ['_'],
    outer: tls ? [certificateSection(draft, tls), ...protocolSections(draft, tls)] : [],
    sections: bodySections(draft),
    locations: [...healthLocations(draft), ...challengeLocations(draft), ...locations],
    body: true,
  }
}

/** Requests for names the site does not have. Every address needs its own default server. */
function rejectServers(draft: Draft): Server[] {
  const { config } = draft
  const answer = section('', literal('return', config.unknownHosts === 'drop' ? 444 : 421))
  const known = [...healthLocations(draft), ...challengeLocations(draft)]
  const rest: Location = {
    why: 'Everything else.',
    match: { modifier: undefined, path: '/' },
    sections: [answer],
    locations: [],
  }
  return [
    {
      why: 'Names this site does not have: scanners, mostly, and forged Host headers.',
      listens: addressesOf(draft, config.listen).map((address) => [address, 'default_server']),
      names: ['_'],
      outer: [],
      sections: known.length > 0 ? [] : [answer],
      locations: known.length > 0 ? [...known, rest] : [],
      body: false,
    },
    ...(config.tls ? [rejectHandshakes(draft, config.tls)] : []),
  ]
}

/** A request may still come this way, on a connection that was opened for another name. */
const rejectHandshakes = (draft: Draft, tls: Tls): Server => ({
  why: 'The same for https.',
  listens: tlsListens(draft, tls, addressesOf(draft, tls.listen), true, ['default_server']),
  names: ['_'],
  outer: [
    section(
      'The handshake fails before a certificate tells which names there are.',
      literal('ssl_reject_handshake', 'on'),
    ),
    ...protocolSections(draft, tls),
  ],
  sections: [
    section('421 makes a browser that reuses a connection open one of its own.', literal('return', 421)),
  ],
  locations: [],
  body: false,
})

/** http only leads to https. Without names the visitor's own host is all there is. */
function redirectServer(draft: Draft, hosts: string[], closed: boolean): Server {
  const tls = draft.config.tls as NonNullable<typeof draft.config.tls>
  const port = /(\d+)$/.exec(tls.listen[0] as string)?.[1] ?? '443'
  const only = hosts.length === 1 ? canonicalHost(hosts) : undefined
  return {
    why: 'http leads to https.',
    listens: addressesOf(draft, draft.config.listen).map((address) => [
      address,
      ...(closed ? [] : ['default_server']),
    ]),
    names: hosts.length > 0 ? hosts : ['_'],
    outer: [],
    sections: [],
    locations: [
      ...healthLocations(draft),
      ...challengeLocations(draft),
      {
        why: '308 keeps method and body; older clients know 301 for GET, but would turn a POST into one.',
        match: { modifier: undefined, path: '/' },
        sections: [section('', line('return', 308, httpsTarget(only ?? '$host', port)))],
        locations: [],
      },
    ],
    body: false,
  }
}

/** www and the like. */
function aliasServers(draft: Draft, hosts: string[]): Server[] {
  const { aliases, tls, listen } = draft.config
  if (aliases.length === 0) return []
  const host = canonicalHost(hosts)
  if (host === undefined) {
    throw new PosternError('GENERATE_REFUSED', {
      key: 'aliases',
      reason: 'serverNames must begin with the name they lead to, without a wildcard',
    })
  }
  const secure = tls ? tlsListens(draft, tls, addressesOf(draft, tls.listen), false, []) : []
  const port = /(\d+)$/.exec(tls?.listen[0] ?? '443')?.[1] ?? '443'
  return [
    {
      why: 'Other names of the site lead to the first.',
      listens: [...addressesOf(draft, listen).map((address) => [address]), ...secure],
      names: aliases,
      outer: tls ? [certificateSection(draft, tls), ...protocolSections(draft, tls)] : [],
      sections: [hstsSection(draft)].filter((one) => one.lines.length > 0),
      locations: [
        ...challengeLocations(draft),
        {
          why: 'The same path and query there.',
          match: { modifier: undefined, path: '/' },
          sections: [
            section(
              '',
              line(
                'return',
                308,
                tls
                  ? httpsTarget(host, port)
                  : expr(
                      `$scheme://${host}${
                        draft.map(
                          'alias_port',
                          'The port the client used, unless it is the usual one.',
                          '$server_port',
                          [
                            ['80', ''],
                            ['443', ''],
                            ['', ''],
                            ['default', expr(':$server_port')],
                          ],
                        ).expr
                      }$request_uri`,
                    ),
              ),
            ),
          ],
          locations: [],
        },
      ],
      body: false,
    },
  ]
}

function bodySections(draft: Draft): Section[] {
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

function healthLocations(draft: Draft): Location[] {
  const path = draft.config.health
  if (path === undefined) return []
  return [
    {
      why: 'For load balancers: nginx is up. Whether the application is, its own health page says.',
      match: { modifier: '=', path },
      sections: [
        section(
          '',
          literal('access_log', 'off'),
          literal('default_type', 'text/plain'),
          literal('return', 200, 'ok\n'),
        ),
        locationHeaders(draft, 'Nobody keeps it.', line('add_header', 'Cache-Control', 'no-store')),
      ],
      locations: [],
    },
  ]
}
