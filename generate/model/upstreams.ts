// Servers on other hosts: the upstream block, and the lines that hand a request to it.

import type { UpstreamConfig } from '../../config/schema/upstreams.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { type Line, line, literal, type Section, section } from '../site.ts'
import { appTimeoutMs } from './app.ts'
import type { Draft } from './draft.ts'
import type { Link } from './policies.ts'
import { clientScheme } from './scheme.ts'
import { duration } from './units.ts'

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
  const balance: Record<string, Line[]> = {
    'round-robin': [],
    'least-connections': [literal('least_conn')],
    address: [literal('ip_hash')],
    cookie: [literal('hash', `$cookie_${upstream.cookie}`, 'consistent')],
  }
  const noBackup = upstream.balance === 'address' || upstream.balance === 'cookie'
  return draft.upstream({
    why: `Servers for ${name}.`,
    name: draft.own(`to_${name}`),
    lines: [
      // Shared by the workers, so that all of them see the same failures and loads.
      literal('zone', draft.own(`to_${name}`), '64k'),
      ...(balance[upstream.balance] as Line[]),
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
    link === 'proxy' ? http(draft, target, pass, upstream) : binary(draft, link, target),
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
    literal('proxy_pass', `http://${target}`),
    literal('proxy_http_version', '1.1'),
    line('proxy_set_header', 'Connection', connection),
    ...(pass.websocket ? [header('Upgrade', '$http_upgrade')] : []),
    upstream.host ? line('proxy_set_header', 'Host', upstream.host) : header('Host', '$host'),
    header('X-Real-IP', '$remote_addr'),
    header('X-Forwarded-For', '$remote_addr'),
    header('X-Forwarded-Proto', clientScheme(draft).scheme),
    header('X-Forwarded-Host', '$host'),
    header('X-Request-ID', '$request_id'),
    header('Forwarded', ''),
    header('Proxy', ''),
    literal('proxy_redirect', 'off'),
  )
}

function binary(draft: Draft, link: 'fastcgi' | 'uwsgi', target: string): Section {
  const scheme = clientScheme(draft)
  const param = (name: string, value: string, ...more: string[]): Line =>
    line(`${link}_param`, name, expr(value), ...more)
  return section(
    `${link === 'uwsgi' ? 'uwsgi' : 'FastCGI'}, with the parameters a WSGI server needs.`,
    literal(`${link}_pass`, target),
    ...(link === 'fastcgi' ? [literal('fastcgi_keep_conn', 'on')] : []),
    param('REQUEST_METHOD', '$request_method'),
    param('REQUEST_URI', '$request_uri'),
    param('PATH_INFO', '$document_uri'),
    param('QUERY_STRING', '$query_string'),
    param('CONTENT_TYPE', '$content_type'),
    param('CONTENT_LENGTH', '$content_length'),
    param('SERVER_PROTOCOL', '$server_protocol'),
    param('REQUEST_SCHEME', scheme.scheme),
    param('HTTPS', scheme.https, 'if_not_empty'),
    param('REMOTE_ADDR', '$remote_addr'),
    param('REMOTE_PORT', '$remote_port'),
    param('SERVER_PORT', '$server_port'),
    param('SERVER_NAME', '$server_name'),
    param('HTTP_X_FORWARDED_PROTO', scheme.scheme),
    param('HTTP_X_FORWARDED_FOR', '$remote_addr'),
    param('HTTP_PROXY', '', 'if_not_empty'),
  )
}
