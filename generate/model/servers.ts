// The server blocks: which names on which addresses, what happens to other names, to http and to aliases.

import type { Tls } from '../../config/schema/tls.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { type Location, line, literal, type Server, section } from '../site.ts'
import type { Draft } from './draft.ts'
import { hstsSection, locationHeaders } from './headers.ts'
import { canonicalHost, serverNamesOf } from './names-of-site.ts'
import { bodySections } from './server-body.ts'
import { certificateSection, challengeLocations, httpsTarget, protocolSections, tlsListens } from './tls.ts'

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
