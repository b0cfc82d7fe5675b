// What of an nginx.conf a site file has no word for: told with its line, for the reader to decide.

import type { Directive } from '../../conf/node.ts'
import { closest } from '../../conf/walk.ts'
import { folderOf } from './nginx-folders.ts'
import { targetOf } from './nginx-passes.ts'

export type LeftOver = { line: number; text: string }

/** Directives a site file covers by itself, without being told. */
const covered = new Set(
  (
    'listen server_name root alias location server http events upstream proxy_pass uwsgi_pass fastcgi_pass uwsgi_param fastcgi_param ' +
    'proxy_set_header proxy_http_version proxy_redirect proxy_buffering client_max_body_size ssl ssl_certificate ssl_certificate_key ' +
    'ssl_protocols ssl_ciphers ssl_prefer_server_ciphers ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_dhparam ' +
    'ssl_stapling ssl_stapling_verify ssl_trusted_certificate ssl_ecdh_curve resolver resolver_timeout http2 keepalive_timeout sendfile ' +
    'tcp_nopush tcp_nodelay gzip gzip_types gzip_vary gzip_proxied gzip_comp_level gzip_min_length gzip_http_version gzip_buffers ' +
    'gzip_disable gzip_static default_type types access_log error_log log_not_found log_format pid user worker_processes ' +
    'worker_connections worker_rlimit_nofile multi_accept use charset expires etag server_tokens index keepalive map ' +
    'proxy_buffers proxy_buffer_size proxy_busy_buffers_size uwsgi_buffers uwsgi_buffer_size uwsgi_read_timeout proxy_read_timeout ' +
    'fastcgi_read_timeout proxy_connect_timeout uwsgi_connect_timeout proxy_send_timeout uwsgi_send_timeout internal open_file_cache ' +
    'open_file_cache_valid open_file_cache_min_uses open_file_cache_errors load_module types_hash_max_size server_names_hash_bucket_size'
  ).split(' '),
)
/** Files of parameters and types that every nginx brings, and certbot's. */
const known = /(uwsgi_params|fastcgi_params|proxy_params|mime\.types|options-ssl-nginx\.conf|modules-enabled)/

export const words = ({ args }: Directive): string[] => args.map(({ value }) => value)

/** What nobody has taken: one line each, a block by its first line. */
export function leftOver(inSite: Directive[], taken: Set<Directive>, app: Directive | undefined): LeftOver[] {
  const isTaken = (two: Directive | undefined): boolean =>
    two !== undefined && (taken.has(two) || isTaken(two.parent))
  const isOthers = (two: Directive): boolean =>
    /^(proxy|uwsgi|fastcgi|scgi)_pass$/.test(two.name.value) && targetOf(two) !== (app && targetOf(app))
  const found = inSite.filter((two) => !isTaken(two) && (!isCovered(two) || isOthers(two)))
  return found
    .filter((two) => two.parent === undefined || !found.includes(two.parent))
    .map((two) => ({
      line: two.span.start.line,
      text: [two.name.raw, ...two.args.map(({ raw }) => raw)].join(' ').slice(0, 100),
    }))
}

function isCovered(directive: Directive): boolean {
  const name = directive.name.value
  const first = directive.args[0]?.value ?? ''
  if (name === 'include') return known.test(first)
  if (closest(directive, 'types', 'map', 'geo', 'upstream', 'events') !== undefined) return true
  // Files of the whole site: the application answers /, unless the author names a folder.
  if ((name === 'root' || name === 'alias') && closest(directive, 'location')?.args.at(-1)?.value === '/')
    return false
  if (name === 'location') return folderOf(directive).length > 0 || !/^~/.test(first)
  // `$uri @app`: files beside the application, which nobody has named.
  if (name === 'try_files') return words(directive).includes('=404')
  if (name === 'client_max_body_size') return first !== '0'
  return covered.has(name)
}
