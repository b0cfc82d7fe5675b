// What nginx's own variables may hold.

import { ANY, charsOf, HEADER, NONE, range, without } from '../chars.ts'
import { readLocation } from '../location.ts'
import type { Statement } from '../statement.ts'
import { fixed, type Taint } from './taint.ts'

/** Decoded by nginx, so %0a has become a line end. */
const DECODED = new Set(
  'uri document_uri request_filename fastcgi_script_name fastcgi_path_info realpath_filename path_info script_name'.split(
    ' ',
  ),
)
const RAW = new Set(
  'request_uri request args query_string host http_host request_body http_referer http_origin http_cookie remote_user proxy_add_x_forwarded_for content_type ssl_server_name ssl_preread_server_name request_method proxy_protocol_addr'.split(
    ' ',
  ),
)

/** What a Host header or a server name can hold. */
export const hostChars = without(HEADER, charsOf('/ \t\\'))

const KNOWN =
  /^(ancient_browser|binary_remote_addr|body_bytes_sent|bytes_sent|connection\w*|content_length|date_gmt|date_local|document_root|realpath_root|geoip2?_\w+|gzip_ratio|hostname|https|http2|http3|invalid_referer|limit_rate|limit_conn_status|limit_req_status|modern_browser|msec|msie|nginx_version|pid|pipe|proxy_host|proxy_port|proxy_protocol_\w+|proxy_internal_\w+|quic|remote_addr|remote_port|request_completion|request_id|request_length|request_time|request_port|secure_link\w*|sent_(http|trailer)_\w+|server_addr|server_name|server_port|server_protocol|session_\w+|slice_range|spdy\w*|ssl_\w+|status|tcpinfo_\w+|time_iso8601|time_local|trailer_\w+|uid_\w+|upstream_\w+|is_request_port|jwt_\w+|otel_\w+|brotli_ratio|zstd_ratio|date|cookie_|arg_|http_|memcached_key|protocol|realip_\w+|proxy_add_via|early_hints|fastcgi_\w+)$/

/** `strictHost`: the server can only be reached under a listed name. */
export function builtin(name: string, at: Statement, strictHost: (at: Statement) => boolean): Taint {
  if (DECODED.has(name)) return uriTaint(at)
  if (name === 'host')
    return strictHost(at)
      ? { chars: HEADER & ~charsOf('\n'), client: false }
      : { chars: hostChars, client: true }
  if (RAW.has(name) || /^(arg|http|cookie)_./.test(name)) return { chars: HEADER, client: true }
  if (name === 'scheme') return fixed(['http', 'https'])
  if (name === 'is_args') return fixed(['', '?'])
  if (/^(?:server|remote)_port$/.test(name)) return { chars: range(48, 57), client: false }
  if (KNOWN.test(name)) return { chars: range(32, 126), client: false }
  return { chars: NONE, client: false, unknown: true }
}

/** The decoded URI, as far as the location it stands in says. */
function uriTaint(at: Statement): Taint {
  const location = at.within('location')
  for (const level of at.up()) {
    for (const rewrite of level.all('rewrite')) {
      if (/^\$request_uri\b/.test(rewrite.args[1] ?? '')) return { chars: HEADER, client: true }
    }
    if (level === location) break
  }
  if (location !== undefined && readLocation(location).modifier === '=')
    return fixed([readLocation(location).path])
  return { chars: ANY, client: true }
}
