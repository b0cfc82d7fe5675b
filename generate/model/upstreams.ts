// Servers on other hosts: the upstream block, and the lines that hand a request to it.

import type { UpstreamConfig } from '../../config/schema/upstreams.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { type Line, line, literal, type Section, section } from '../site.ts'
import { appTimeoutMs } from './app.ts'
import type { Link } from './caching.ts'
import { cookieValue, orAddress } from './cookies.ts'
import type { Draft } from './draft.ts'
import { requestId } from './headers.ts'
import { type Binary, cgiParams, hostWithPort, refusedClaims } from './params.ts'
import { clientScheme } from './scheme.ts'
import { duration } from './units.ts'
import { tlsSections } from './upstream-tls.ts'

export function upstreamNamed(draft: Draft, name: string): UpstreamConfig {
  const found = draft.config.upstreams[name]
  if (found) return found
  throw new PosternError('GENERATE_REFUSED', {
    key: 'routes[].upstream',
    reason: `there is no ${JSON.stringify(name)} in upstreams; known: ${Object.keys(draft.config.upstreams).join(', ') || 'none'}`,
  })
}

export const linkOf = (upstream: UpstreamConfig): Link =>
  upstream.protocol === 'http' ? 'proxy' : upstream.protocol

function defineUpstream(draft: Draft, name: string, upstream: UpstreamConfig): string {
  // Visitors without the cookie are spread by their address: one empty value would mean one server for all of them.
  const sticky = () => orAddress(draft, `to_${name}`, cookieValue(draft, upstream.cookie), '$remote_addr')
  const balance: Record<string, () => Line[]> = {
    'round-robin': () => [],
    'least-connections': () => [literal('least_conn')],
    address: () => [literal('ip_hash')],
    cookie: () => [line('hash', sticky(), 'consistent')],
  }
  const noBackup = upstream.balance === 'address' || upstream.balance === 'cookie'
  return draft.upstream({
    why: `Servers for ${name}.`,
    name: draft.own(`to_${name}`),
    lines: [
      // Shared by the workers, so that all of them see the same failures and loads.
      literal('zone', draft.own(`to_${name}`), '64k'),
      ...(balance[upstream.balance] as () => Line[])(),
      ...upstream.servers.map((server) => {
        if (server.backup && noBackup) {
          throw new PosternError('GENERATE_REFUSED', {
            key: `upstreams.${name}`,
            reason: `nginx knows no backup servers with balance ${upstream.balance}`,
          })
        }
        return literal(
          'server',
          server.address,
          ...(server.weight === undefined ? [] : [`weight=${server.weight}`]),
          `max_fails=${server.maxFails}`,
          `fail_timeout=${duration(server.failTimeout)}`,
          ...(server.maxConnections === undefined ? [] : [`max_conns=${server.maxConnections}`]),
          ...(server.backup ? ['backup'] : []),
          ...(server.down ? ['down'] : []),
        )
      }),
      // uwsgi opens a connection per request, whatever is said here.
      ...(upstream.keepalive > 0 && upstream.protocol !== 'uwsgi'
        ? [literal('keepalive', upstream.keepalive)]
        : []),
    ],
  })
}

export type UpstreamPass = {
  name: string
  websocket: boolean
  timeoutMs: number | undefined
  events: boolean
  streamUploads: boolean
}

export function upstreamSections(draft: Draft, pass: UpstreamPass): Section[] {
  const upstream = upstreamNamed(draft, pass.name)
  const target = defineUpstream(draft, pass.name, upstream)
  const link = linkOf(upstream)
  const long = pass.events || pass.websocket
  const seconds = long ? 3600 : Math.ceil((pass.timeoutMs ?? appTimeoutMs(draft.config)) / 1000)
  return [
    link === 'proxy' ? http(draft, target, pass, upstream) : binary(draft, link, target, upstream),
    ...tlsSections(draft, pass.name, upstream),
    section(
      'Long enough for the slowest answer; a server that does not answer is tried once more elsewhere.',
      literal(`${link}_connect_timeout`, '5s'),
      literal(`${link}_send_timeout`, '60s'),
      literal(`${link}_read_timeout`, `${seconds}s`),
      literal(`${link}_next_upstream`, 'error', 'timeout'),
      literal(`${link}_next_upstream_tries`, 2),
      ...(pass.events ? [literal(`${link}_buffering`, 'off'), literal('gzip', 'off')] : []),
      ...(pass.streamUploads ? [literal(`${link}_request_buffering`, 'off')] : []),
      literal(`${link}_buffer_size`, '16k'),
      literal(`${link}_buffers`, 8, '16k'),
      literal(`${link}_busy_buffers_size`, '32k'),
    ),
  ]
}

function http(draft: Draft, target: string, pass: UpstreamPass, upstream: UpstreamConfig): Section {
  const header = (name: string, value: string): Line => line('proxy_set_header', name, expr(value))
  const connection = pass.websocket
    ? draft.map(
        'upgrade',
        'WebSocket asks for another protocol; everything else keeps its connection.',
        '$http_upgrade',
        [
          ['', ''],
          ['default', 'upgrade'],
        ],
      )
    : expr('')
  return section(
    'HTTP/1.1 over kept connections; the client’s own claims about itself are replaced.',
    literal('proxy_pass', `${upstream.tls === false ? 'http' : 'https'}://${target}`),
    literal('proxy_http_version', '1.1'),
    line('proxy_set_header', 'Connection', connection),
    ...(pass.websocket ? [header('Upgrade', '$http_upgrade')] : []),
    upstream.host ? line('proxy_set_header', 'Host', upstream.host) : header('Host', hostWithPort(draft)),
    header('X-Real-IP', '$remote_addr'),
    header('X-Forwarded-For', '$remote_addr'),
    header('X-Forwarded-Proto', clientScheme(draft).scheme),
    header('X-Forwarded-Host', '$host'),
    header('X-Request-ID', requestId(draft)),
    ...(draft.config.trace ? [header('traceparent', `$${draft.own('traceparent')}`)] : []),
    ...refusedClaims()
      .filter((name) => name !== 'X-Forwarded-Host')
      .map((name) => header(name, '')),
    header('Early-Data', draft.config.tls?.earlyData ? '$ssl_early_data' : ''),
    ...(draft.config.tls?.clientCa
      ? [header('X-SSL-Client-Verify', '$ssl_client_verify'), header('X-SSL-Client-S-DN', '$ssl_client_s_dn')]
      : []),
    literal('proxy_redirect', 'off'),
  )
}

function binary(draft: Draft, link: Binary, target: string, upstream: UpstreamConfig): Section {
  return section(
    `${link === 'uwsgi' ? 'uwsgi' : 'FastCGI'}, with the parameters a WSGI server needs; the client’s own claims are replaced.`,
    literal(`${link}_pass`, target),
    ...(link === 'fastcgi' ? [literal('fastcgi_keep_conn', 'on')] : []),
    ...cgiParams(draft, link, { scriptName: '', pathInfo: '$document_uri', authenticated: false }),
    line(`${link}_param`, 'HTTP_HOST', upstream.host ?? expr(hostWithPort(draft))),
  )
}
