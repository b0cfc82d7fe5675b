// The lines that hand a request to the gateway, and what it is told about the client.

import { expr } from '../arg.ts'
import { type Line, line, literal, type Section, section } from '../site.ts'
import { appTimeoutMs, gatewayUpstream } from './app.ts'
import type { Draft } from './draft.ts'
import { acceleratedRoots } from './files.ts'
import { cgiParams, hostWithPort } from './params.ts'

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
    section(
      'What the application may believe: only what nginx itself knows.',
      ...cgiParams(draft, 'fastcgi', {
        scriptName: pass.scriptName,
        pathInfo: pass.rewritten ? '$uri' : undefined,
        authenticated: pass.authenticated ?? false,
      }),
      ...posternParams(draft, pass),
    ),
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

function hostSection(draft: Draft): Section {
  const host = hostWithPort(draft)
  return section(
    'The name the client asked for, with its port: never the header as it came.',
    line('fastcgi_param', 'HTTP_HOST', expr(host)),
  )
}

/** What only the gateway understands. */
function posternParams(draft: Draft, pass: Pass): Line[] {
  const present = (name: string, value: string): Line =>
    line('fastcgi_param', name, expr(value), 'if_not_empty')
  const accelerated = acceleratedRoots(draft)
  const route = draft.made.wiring?.vars.some(({ variable }) => variable === draft.own('name'))
  return [
    ...(accelerated ? [line('fastcgi_param', 'POSTERN_ACCEL', accelerated)] : []),
    pass.storedBody
      ? present('POSTERN_BODY_FILE', '$request_body_file')
      : line('fastcgi_param', 'POSTERN_BODY_FILE', '', 'if_not_empty'),
    ...(route ? [present('POSTERN_ROUTE', `$${draft.own('name')}`)] : []),
  ]
}
