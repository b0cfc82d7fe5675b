// What an application is told about a request by FastCGI or uwsgi parameters: only what nginx itself knows.

import { type Expr, expr } from '../arg.ts'
import { type Line, line } from '../site.ts'
import { atLeast } from '../target.ts'
import type { Draft } from './draft.ts'
import { requestId, usesNonce } from './headers.ts'
import { clientScheme } from './scheme.ts'

export type Binary = 'fastcgi' | 'uwsgi'

export type Told = {
  scriptName: string
  /** Instead of what follows from REQUEST_URI and SCRIPT_NAME. */
  pathInfo: string | undefined
  /** nginx itself has asked for a name and a password. */
  authenticated: boolean
  /** Instead of the name the client asked for. */
  host?: string | undefined
}

/** Headers by which proxies speak to each other: what a client says there is a lie. */
const claims = ['Forwarded', 'X-Forwarded-Host', 'X-Forwarded-Port', 'X-Forwarded-Prefix', 'Proxy']

const cgiName = (header: string): string => `HTTP_${header.toUpperCase().replaceAll('-', '_')}`

/** nginx itself must not be asked about these by the client. */
export const refusedClaims = (): string[] => claims

export function cgiParams(draft: Draft, link: Binary, told: Told): Line[] {
  const directive = `${link}_param`
  const always = (name: string, value: string): Line => line(directive, name, expr(value))
  const present = (name: string, value: string): Line => line(directive, name, expr(value), 'if_not_empty')
  const gone = (name: string): Line => line(directive, name, '', 'if_not_empty')
  const scheme = clientScheme(draft)
  return [
    always('REQUEST_METHOD', '$request_method'),
    always('REQUEST_URI', '$request_uri'),
    line(directive, 'SCRIPT_NAME', told.scriptName),
    ...(told.pathInfo === undefined ? [] : [always('PATH_INFO', told.pathInfo)]),
    always('DOCUMENT_URI', '$document_uri'),
    always('QUERY_STRING', '$query_string'),
    present('CONTENT_TYPE', '$content_type'),
    present('CONTENT_LENGTH', '$content_length'),
    always('SERVER_PROTOCOL', '$server_protocol'),
    always('REQUEST_SCHEME', scheme.scheme),
    present('HTTPS', scheme.https),
    always('REMOTE_ADDR', '$remote_addr'),
    always('REMOTE_PORT', '$remote_port'),
    // Without auth_basic $remote_user is whatever the client's Authorization header claims.
    told.authenticated ? present('REMOTE_USER', '$remote_user') : gone('REMOTE_USER'),
    always('SERVER_ADDR', '$server_addr'),
    always('SERVER_PORT', '$server_port'),
    always('SERVER_NAME', '$server_name'),
    always('HTTP_X_FORWARDED_FOR', '$remote_addr'),
    always('HTTP_X_FORWARDED_PROTO', scheme.scheme),
    always('HTTP_X_REQUEST_ID', requestId(draft)),
    ...(draft.config.trace ? [present('HTTP_TRACEPARENT', `$${draft.own('traceparent')}`)] : []),
    ...(draft.config.tokens ? [present('POSTERN_TOKEN_SUBJECT', `$${draft.own('jwt_sub')}`)] : []),
    ...(usesNonce(draft) ? [always('CSP_NONCE', `$${draft.own('nonce')}`)] : []),
    draft.config.tls?.earlyData ? present('HTTP_EARLY_DATA', '$ssl_early_data') : gone('HTTP_EARLY_DATA'),
    ...(draft.config.tls?.clientCa ? clientCertificate.map(([name, value]) => present(name, value)) : []),
    ...claims.map((header) => gone(cgiName(header))),
    gone('HTTP_X_REAL_IP'),
  ]
}

/** As Apache's mod_ssl calls them. */
const clientCertificate: [string, string][] = [
  ['SSL_CLIENT_VERIFY', '$ssl_client_verify'],
  ['SSL_CLIENT_S_DN', '$ssl_client_s_dn'],
  ['SSL_CLIENT_I_DN', '$ssl_client_i_dn'],
  ['SSL_CLIENT_M_SERIAL', '$ssl_client_serial'],
]

/** $host has no port, and the Host header may belong to another host than an absolute request line. */
export function hostWithPort(draft: Draft): string {
  if (atLeast(draft.facts.target.version, '1.29.3')) return '$host$is_request_port$request_port'
  // PCRE2 takes names of groups up to 32 characters, and sites may share these: each match sets them before they are read.
  const port = draft.map(
    'host_port',
    'The port as the client wrote it, when it wrote it for this host: Django compares origins with it.',
    '$host|$http_host',
    [
      ['default', ''],
      ['~*^(?<postern_host>[^|]+)\\|\\k<postern_host>(?<postern_port>:\\d{1,5})$', expr('$postern_port')],
      ...(draft.config.tls?.http3 ? [['~\\|$', quicPort(draft)] as [string, Expr]] : []),
    ],
  )
  return `$host${port.expr}`
}

/** Over HTTP/3 these versions keep no Host header; browsers use the port that Alt-Svc names, which is nginx's own. */
const quicPort = (draft: Draft): Expr =>
  draft.map(
    'quic_port',
    'The port of an HTTP/3 request, unless it is the usual one.',
    '$server_protocol:$server_port',
    [
      ['default', ''],
      ['HTTP/3.0:443', ''],
      ['~^HTTP/3\\.0:', expr(':$server_port')],
    ],
  )
