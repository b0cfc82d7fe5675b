// The lines that hand a request to the gateway, and what it is told about the client.

import { expr } from '../arg.ts'
import { type Line, line, literal, type Section, section } from '../site.ts'
import { atLeast } from '../target.ts'
import { appTimeoutMs, gatewayUpstream } from './app.ts'
import type { Draft } from './draft.ts'
import { acceleratedRoots } from './files.ts'
import { requestId, usesNonce } from './headers.ts'
import { clientScheme } from './scheme.ts'

export type Pass = {
  /** '' or the application's path without its last slash. */
  scriptName: string
  timeoutMs?: number | undefined
  /** The application sees another path than the client asked for. */
  rewritten?: boolean
  /** nginx itself has asked for a name and a password. */
  authenticated?: boolean
  /** Bodies pass as they come. */
  streamUploads?: boolean
  /** Answers pass as they come, and may pause for an hour. */
  events?: boolean
  /** nginx has the whole body in a file, which the application reads itself. */
  storedBody?: boolean
}

export function passSections(draft: Draft, pass: Pass): Section[] {
  const seconds = pass.events ? 3600 : Math.ceil((pass.timeoutMs ?? appTimeoutMs(draft.config)) / 1000)
  return [
    section(
      'FastCGI over kept connections: parameters arrive parsed, out of the client’s reach, with a real end.',
      literal('fastcgi_pass', draft.upstream(gatewayUpstream(draft.config, draft.names))),
      literal('fastcgi_keep_conn', 'on'),
      literal('fastcgi_socket_keepalive', 'on'),
    ),
    buffers(pass),
    section(
      'A little longer than the gateway itself allows, so that its answer wins.',
      literal('fastcgi_connect_timeout', '5s'),
      literal('fastcgi_send_timeout', '60s'),
      literal('fastcgi_read_timeout', `${seconds}s`),
      literal('fastcgi_next_upstream', 'error', 'timeout'),
      literal('fastcgi_next_upstream_tries', 2),
    ),
    section('What the application may believe: only what nginx itself knows.', ...cgiParams(draft, pass)),
    hostSection(draft),
  ]
}

function buffers(pass: Pass): Section {
  return section(
    pass.events
      ? 'An answer without end: every piece goes out at once.'
      : 'A head of Django with its cookies fits in 16k; a slow client never holds a worker.',
    literal('fastcgi_buffer_size', '16k'),
    literal('fastcgi_buffers', 16, '16k'),
    literal('fastcgi_busy_buffers_size', '32k'),
    ...(pass.events
      ? [literal('fastcgi_buffering', 'off'), literal('gzip', 'off')]
      : [literal('fastcgi_max_temp_file_size', '1024m')]),
    pass.streamUploads ? literal('fastcgi_request_buffering', 'off') : undefined,
    ...(pass.storedBody
      ? [literal('client_body_in_file_only', 'clean'), literal('fastcgi_pass_request_body', 'off')]
      : []),
  )
}

/** $host has no port, and the Host header may belong to another host than an absolute request line. */
function hostWithPort(draft: Draft): string {
  if (atLeast(draft.facts.target.version, '1.29.3')) return '$host$is_request_port$request_port'
  // PCRE2 takes names of groups up to 32 characters, and sites may share these: each match sets them before they are read.
  const port = draft.map(
    'host_port',
    'The port as the client wrote it, when it wrote it for this host: Django compares origins with it.',
    '$host|$http_host',
    [
      ['default', ''],
      ['~*^(?<postern_host>[^|]+)\\|\\k<postern_host>(?<postern_port>:\\d{1,5})$', expr('$postern_port')],
    ],
  )
  return `$host${port.expr}`
}

function hostSection(draft: Draft): Section {
  const host = hostWithPort(draft)
  return section(
    'The name the client asked for, with its port: never the header as it came.',
    line('fastcgi_param', 'HTTP_HOST', expr(host)),
  )
}

function cgiParams(draft: Draft, pass: Pass): Line[] {
  const always = (name: string, value: string): Line => line('fastcgi_param', name, expr(value))
  const present = (name: string, value: string): Line =>
    line('fastcgi_param', name, expr(value), 'if_not_empty')
  const gone = (name: string): Line => line('fastcgi_param', name, '', 'if_not_empty')
  const scheme = clientScheme(draft)
  const accelerated = acceleratedRoots(draft)
  const route = draft.made.wiring?.vars.some(({ variable }) => variable === draft.own('name'))
  return [
    always('REQUEST_METHOD', '$request_method'),
    always('REQUEST_URI', '$request_uri'),
    line('fastcgi_param', 'SCRIPT_NAME', pass.scriptName),
    ...(pass.rewritten ? [always('PATH_INFO', '$uri')] : []),
    always('DOCUMENT_URI', '$document_uri'),
    always('QUERY_STRING', '$query_string'),
    always('CONTENT_TYPE', '$content_type'),
    always('CONTENT_LENGTH', '$content_length'),
    always('SERVER_PROTOCOL', '$server_protocol'),
    always('REQUEST_SCHEME', scheme.scheme),
    present('HTTPS', scheme.https),
    always('REMOTE_ADDR', '$remote_addr'),
    always('REMOTE_PORT', '$remote_port'),
    // Without auth_basic $remote_user is whatever the client's Authorization header claims.
    pass.authenticated ? present('REMOTE_USER', '$remote_user') : gone('REMOTE_USER'),
    always('SERVER_ADDR', '$server_addr'),
    always('SERVER_PORT', '$server_port'),
    always('SERVER_NAME', '$server_name'),
    always('HTTP_X_FORWARDED_FOR', '$remote_addr'),
    always('HTTP_X_FORWARDED_PROTO', scheme.scheme),
    always('HTTP_X_REQUEST_ID', requestId(draft)),
    ...(draft.config.trace ? [present('HTTP_TRACEPARENT', `$${draft.own('traceparent')}`)] : []),
    ...(draft.config.tokens ? [present('POSTERN_TOKEN_SUBJECT', `$${draft.own('jwt_sub')}`)] : []),
    ...(usesNonce(draft) ? [always('CSP_NONCE', `$${draft.own('nonce')}`)] : []),
    ...(draft.config.tls?.earlyData ? [present('HTTP_EARLY_DATA', '$ssl_early_data')] : []),
    ...['FORWARDED', 'X_FORWARDED_HOST', 'X_FORWARDED_PORT', 'X_FORWARDED_PREFIX', 'X_REAL_IP', 'PROXY'].map(
      (name) => gone(`HTTP_${name}`),
    ),
    ...(accelerated ? [line('fastcgi_param', 'POSTERN_ACCEL', accelerated)] : []),
    pass.storedBody ? present('POSTERN_BODY_FILE', '$request_body_file') : gone('POSTERN_BODY_FILE'),
    ...(route ? [present('POSTERN_ROUTE', `$${draft.own('name')}`)] : []),
  ]
}
