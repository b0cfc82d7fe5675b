// What nginx 1.31 has beyond 1.30. No Debian release carries it yet, so there is no binary for scripts/directives.ts to read:
// taken by hand from nginx's CHANGES up to 1.31.6 (15 Sep 2026) and its tests. Values are held to little; nothing valid is refused.
import type { ModuleType, PlaceName } from './form.ts'

export const MAINLINE = '1.31'

type Entry = {
  name: string
  module: string
  type: ModuleType
  places: readonly PlaceName[]
  /** Low bits of the mask: 2 ** n takes n arguments. */
  args: number
  setter: string
  /** It takes the place of the entry in the older table. */
  replaces?: true
}

const [NONE, ONE, TWO, THREE, FLAG, MORE] = [1, 2, 4, 8, 0x200, 0x800] as const
const EVERYWHERE: readonly PlaceName[] = ['http', 'server', 'location']

const http = (
  module: string,
  name: string,
  args: number,
  setter = '',
  places: readonly PlaceName[] = EVERYWHERE,
): Entry => ({ name, module: `ngx_http_${module}_module`, type: 'HTTP', places, args, setter })

const socketBuffers = ['proxy', 'fastcgi', 'grpc', 'scgi', 'uwsgi', 'tunnel'].flatMap((module) =>
  ['sndbuf', 'rcvbuf'].map((end) => http(module, `${module}_socket_${end}`, ONE, 'size')),
)

const tunnel = [
  http('tunnel', 'tunnel_pass', NONE | ONE, '', ['server', 'location', 'if in location']),
  http('tunnel', 'tunnel_allow_upstream', MORE),
  http('tunnel', 'tunnel_bind', ONE | TWO),
  http('tunnel', 'tunnel_bind_dynamic', FLAG, 'flag'),
  http('tunnel', 'tunnel_buffer_size', ONE, 'size'),
  http('tunnel', 'tunnel_connect_timeout', ONE, 'msec'),
  http('tunnel', 'tunnel_read_timeout', ONE, 'msec'),
  http('tunnel', 'tunnel_send_timeout', ONE, 'msec'),
  http('tunnel', 'tunnel_send_lowat', ONE, 'size'),
  http('tunnel', 'tunnel_socket_keepalive', FLAG, 'flag'),
  http('tunnel', 'tunnel_next_upstream', MORE),
  http('tunnel', 'tunnel_next_upstream_timeout', ONE, 'msec'),
  http('tunnel', 'tunnel_next_upstream_tries', ONE, 'num'),
]

export const MAINLINE_ENTRIES: readonly Entry[] = [
  ...socketBuffers,
  ...tunnel,
  http('core', 'client_body_early_read', MORE, 'ngx_http_set_predicate_slot', ['http', 'server']),
  http('json', 'json_set', THREE, 'ndk_set_var_value', ['http']),
  http('json', 'json_max_depth', ONE, 'num', ['http']),
  http('xslt_filter', 'xml_external_entities', FLAG, 'flag'),
  http('upstream_least_time', 'least_time', MORE, '', ['upstream']),
  {
    name: 'proxy_ssl_alpn',
    module: 'ngx_stream_proxy_module',
    type: 'STRM',
    places: ['stream', 'stream server'],
    args: MORE,
    setter: '',
  },
  {
    name: 'proxy_protocol',
    module: 'ngx_stream_proxy_module',
    type: 'STRM',
    places: ['stream', 'stream server'],
    args: ONE,
    setter: 'ngx_stream_set_complex_value_slot',
    replaces: true,
  },
  {
    name: 'proxy_protocol',
    module: 'ngx_mail_proxy_module',
    type: 'MAIL',
    places: ['mail', 'mail server'],
    args: ONE,
    setter: 'str',
    replaces: true,
  },
]

export const MAINLINE_VARIABLES: readonly string[] = ['ssl_sigalgs']
