// What an existing nginx configuration says about a site: names, addresses, limits, folders, certificates. What it
// cannot take over it names. Pure over parsed text.

import type { Directive } from '../../conf/node.ts'
import { parse } from '../../conf/parse.ts'
import { childrenOf, closest, find, findLast, walk } from '../../conf/walk.ts'

export type FromNginx = {
  serverNames: string[]
  listen: (number | string)[]
  body: string | undefined
  certificate: { certificate: string; key: string } | undefined
  folders: { at: string; root: string; media: boolean }[]
  redirects: Record<string, string>
  /** Where the application was, as an address for the reader. */
  app: string | undefined
  /** Directives that have no place in a site file; the reader must decide. */
  left: string[]
}

/** Directives a site file covers by itself, without being told. */
const covered = new Set(
  (
    'listen server_name root alias location server http events upstream include proxy_pass uwsgi_pass fastcgi_pass uwsgi_param fastcgi_param ' +
    'proxy_set_header proxy_http_version proxy_redirect proxy_buffering client_max_body_size ssl_certificate ssl_certificate_key ' +
    'ssl_protocols ssl_ciphers ssl_prefer_server_ciphers ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_dhparam ' +
    'ssl_stapling ssl_stapling_verify http2 keepalive_timeout sendfile tcp_nopush tcp_nodelay gzip gzip_types gzip_vary gzip_proxied ' +
    'gzip_comp_level gzip_min_length gzip_http_version gzip_buffers gzip_disable default_type types access_log error_log log_format pid ' +
    'user worker_processes worker_connections worker_rlimit_nofile multi_accept charset expires server_tokens return try_files index ' +
    'keepalive if uwsgi_read_timeout proxy_read_timeout fastcgi_read_timeout'
  ).split(' '),
)

export function readNginx(text: string): FromNginx {
  const file = parse(text)
  const all = [...walk(file)]
  const servers = all.filter((one) => one.name.value === 'server' && one.block)
  const site = servers.find((one) => passOf(one) !== undefined) ?? servers.at(-1)
  const inSite = site ? [...walk(site)] : all
  const values = (name: string): string[] =>
    (site ? find(site, name) : []).flatMap(({ args }) => args.map(({ value }) => value))
  const certificate = site && findLast(site, 'ssl_certificate')?.args[0]?.value
  const key = site && findLast(site, 'ssl_certificate_key')?.args[0]?.value
  return {
    serverNames: [...new Set(values('server_name'))].filter(
      (name) => name !== '_' && !name.startsWith('~') && name !== '',
    ),
    listen: addresses(site),
    body: inSite.find((one) => one.name.value === 'client_max_body_size')?.args[0]?.value,
    certificate: certificate && key ? { certificate, key } : undefined,
    folders: inSite.filter((one) => one.name.value === 'location').flatMap(folderOf),
    redirects: Object.fromEntries(inSite.flatMap(redirectOf)),
    app: site && passOf(site),
    left: [...new Set(inSite.map((one) => one.name.value).filter((name) => !covered.has(name)))],
  }
}

function addresses(site: Directive | undefined): (number | string)[] {
  const listens = site ? find(site, 'listen').map(({ args }) => args[0]?.value ?? '') : []
  const plain = listens.filter((one) => !one.startsWith('[::]:') && one !== '')
  return [...new Set(plain)].map((one) => (/^\d+$/.test(one) ? Number(one) : one))
}

function passOf(server: Directive): string | undefined {
  const pass = [...walk(server)].find((one) => /^(proxy|uwsgi|fastcgi|scgi)_pass$/.test(one.name.value))
  return pass && `${pass.name.value} ${pass.args[0]?.value ?? ''}`
}

function folderOf(location: Directive): FromNginx['folders'] {
  const path = location.args.at(-1)?.value ?? ''
  const modifier = location.args.length > 1 ? location.args[0]?.value : undefined
  if (modifier?.startsWith('~') || modifier === '=' || !path.startsWith('/') || path === '/') return []
  const at = path.endsWith('/') ? path : `${path}/`
  const alias = findLast(location, 'alias')?.args[0]?.value
  const root = findLast(location, 'root')?.args[0]?.value
  const folder = alias ?? (root === undefined ? undefined : `${root.replace(/\/$/, '')}${at}`)
  return folder === undefined ? [] : [{ at, root: folder, media: /media|upload/i.test(at) }]
}

/** `location = /old { return 301 /new; }` */
function redirectOf(directive: Directive): [string, string][] {
  const location = closest(directive, 'location')
  if (directive.name.value !== 'return' || location?.args[0]?.value !== '=') return []
  const [status, to] = directive.args.map(({ value }) => value)
  const from = location.args[1]?.value
  return from && to && /^30[1278]$/.test(status ?? '') && !to.includes('$') ? [[from, to]] : []
}

/** The children of one block by name, for tests. */
export const namesIn = (directive: Directive): string[] =>
  [...childrenOf(directive)].map(({ name }) => name.value)
