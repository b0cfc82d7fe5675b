// Where uWSGI listens: sockets, routers, their modes and their options.

import type { Draft } from '../draft.ts'
import type { Entry } from '../entry.ts'
import {
  addToOption,
  alwaysOn,
  type Fate,
  flag,
  mode,
  nginx,
  noEffect,
  refused,
  seconds,
  setOption,
  text,
  translated,
  unsupported,
} from '../fate.ts'
import { isPort, readAddress, readCount, tell } from '../value.ts'
import { addHeader } from './headers.ts'

const socket = translated(
  'A listener that tells FastCGI, uwsgi and HTTP apart by itself, so that `uwsgi_pass` goes on working.',
  (entry, draft) => addToOption(draft, 'socket', readAddress(entry), entry),
  'socket',
)

const http = translated(
  'An HTTP listener of the gateway itself; there is no separate router process. The generated site listens there too.',
  (entry, draft) => takeHttp(entry, draft),
  'http',
)

function takeHttp(entry: Entry, draft: Draft): void {
  const address = readAddress(entry)
  addToOption(draft, 'http', address, entry)
  if (isPort(address) && !address.endsWith(':0')) draft.site.listen.push(address.replace(/^:/, ''))
}

const alwaysHttp = alwaysOn('HTTP listeners do this by themselves.')
const scgi = refused(
  'SCGI is not spoken',
  'use `scgi_pass`’s siblings: fastcgi_pass or uwsgi_pass to the same socket',
)
const tls = refused('the gateway does not speak TLS', '`postern migrate` writes a site in which nginx does')

export const binding: Record<string, Fate> = {
  socket,
  'uwsgi-socket': socket,
  'fastcgi-socket': socket,
  'puwsgi-socket': unsupported(
    'nginx never speaks persistent uwsgi; FastCGI connections are kept alive.',
    'use `socket`',
  ),
  http,
  httprouter: http,
  'http-socket': http,
  'http11-socket': http,
  'shared-socket': refused('sockets are not numbered', 'name the address in `socket` or `http`'),
  'undeferred-shared-socket': refused('sockets are not numbered', 'name the address in `socket` or `http`'),
  'map-socket': noEffect('Every worker serves every socket.'),
  'fastcgi-nph-socket': unsupported('Non-parsed headers are not used by nginx.', 'use `socket`'),
  'scgi-socket': scgi,
  'scgi-nph-socket': scgi,
  'raw-socket': refused('raw sockets are not for WSGI', undefined),
  'suwsgi-socket': tls,
  'ssl-socket': tls,
  'https-socket': tls,
  https: {
    ...tls,
    doc: 'TLS is nginx’s: the certificate goes into the generated site.',
    take: (entry, draft) => {
      const [address = '', certificate = '', key = ''] = (entry.value ?? '').split(',')
      draft.site.certificate = { address, certificate, key }
    },
  },
  https2: tls,
  'http-to-https': nginx('A redirect to https in the generated site.', (entry, draft) => {
    const address = readAddress(entry)
    if (isPort(address)) draft.site.listen.push(address.replace(/^:/, ''))
    draft.onlyNginx.push(entry)
  }),
  'http-to': translated(
    'The listener of `http` hands requests to this gateway’s own workers, whose `socket` it usually names; other servers are told.',
    (entry, draft) => void draft.httpTo.push(entry),
  ),
  protocol: translated(
    '`http` makes plain sockets HTTP listeners; uwsgi and fastcgi are told apart anyway.',
    (entry, draft) => {
      draft.protocol = entry.value ?? ''
    },
  ),
  'chmod-socket': mode('chmod-socket', 'Default 660 instead of the umask.'),
  'chown-socket': text('chown-socket'),
  'abstract-socket': unsupported('Abstract sockets are named by a leading @.', 'write `socket = @name`'),
  listen: {
    kind: 'honoured',
    doc: 'Default 4096; the kernel’s somaxconn caps it, and a larger number is told.',
    option: 'listen',
    take: (entry, draft) => setOption(draft, 'listen', Math.min(readCount(entry, draft), 65_535), entry),
  },
  'http-timeout': noEffect(
    'Requests are limited by `harakiri`, slow peers by `socket-timeout`; there is no router that could give up.',
  ),
  'http-connect-timeout': noEffect('There is no router that connects.'),
  'http-headers-timeout': alwaysOn('A request head has 60 seconds to arrive.'),
  'http-keepalive': alwaysHttp,
  'http-auto-chunked': alwaysHttp,
  'http-auto-gzip': nginx('gzip is on in the generated site.', () => {}),
  'http-chunked-input': alwaysHttp,
  'http-raw-body': alwaysHttp,
  'http-manage-expect': alwaysHttp,
  'http-websockets': unsupported(
    'WSGI has no WebSockets; uWSGI’s own API for them is not there.',
    'serve them by an ASGI server on its own path',
  ),
  'http-processes': noEffect('One process accepts all connections.'),
  'http-workers': noEffect('One process accepts all connections.'),
  'http-buffer-size': noEffect('Request heads up to 65,535 bytes are taken.'),
  'http-server-name-as-http-host': noEffect('SERVER_NAME is the host name of the listener or of nginx.'),
  'http-enable-proxy-protocol': flag(
    'http-enable-proxy-protocol',
    'Versions 1 and 2, required of every connection. Where nginx listens: `listen … proxy_protocol`.',
  ),
  'enable-proxy-protocol': flag('http-enable-proxy-protocol', '`http-enable-proxy-protocol`.'),
  'http-stats': unsupported('There is no router that has statistics.', 'use `stats` or `admin`'),
  'http-stats-server': unsupported('There is no router that has statistics.', 'use `stats` or `admin`'),
  'http-ss': unsupported('There is no router that has statistics.', 'use `stats` or `admin`'),
  'http-uid': noEffect('There is no router process; `uid` is for all.'),
  'http-gid': noEffect('There is no router process; `gid` is for all.'),
  'socket-timeout': seconds('socket-timeout', 'Default 60 instead of 4.'),
  'so-keepalive': alwaysOn('Set on TCP connections.'),
  'tcp-nodelay': alwaysOn('Set on TCP connections.'),
  'no-defer-accept': noEffect('Connections are taken when they arrive.'),
  'reuse-port': noEffect('One process accepts all connections.'),
  freebind: unsupported(
    'Binding to addresses the machine does not have yet is not supported.',
    'start after the network (systemd: network-online.target)',
  ),
  'tcp-fast-open': noEffect('nginx, not the browser, connects.'),
  'socket-send-timeout': translated('As socket-timeout.', (entry, draft) => {
    if (!draft.places.has('socket-timeout'))
      tell(draft, entry, 'note', `${entry.key} is part of socket-timeout here`)
  }),
  'socket-sndbuf': noEffect('The kernel sizes its buffers.'),
  'socket-rcvbuf': noEffect('The kernel sizes its buffers.'),
  zerg: refused(
    'sockets are not passed between instances',
    'reloads keep the sockets open; systemd socket activation works too',
  ),
  'use-abort': noEffect('A crash is reported in any case.'),
  'add-header': nginx('A response header in the generated site.', (entry, draft) => {
    addHeader(entry, draft, entry.value ?? '')
  }),
  'http-var': unsupported('Variables for the router’s requests.', 'use `env`, or a parameter in nginx'),
  'no-fd-passing': noEffect('Sockets are not passed.'),
  vacuum: alwaysOn('Sockets and pid files are removed at exit.'),
  'honour-range': nginx('nginx answers ranges of files.', () => {}),
  'socket-protocol': translated('As protocol.', (entry, draft) => {
    draft.protocol = entry.value ?? ''
  }),
  'allowed-modifiers': alwaysOn('Only the modifiers of WSGI (0, 30) and ping (100) are taken.'),
  'upload-progress': unsupported('Upload progress files are not written.', 'show progress in the browser'),
}

/** `http-to` names a socket of this very configuration, or a server nobody here knows. */
export function checkHttpTo(draft: Draft): void {
  const own = new Set(draft.gateway.socket)
  for (const entry of draft.httpTo) {
    const address = (entry.value ?? '').trim()
    if (own.has(address) || own.has(address.replace(/^(127\.0\.0\.1|localhost):/, ':'))) continue
    const text = `http-to = ${address}: requests go to this gateway’s own workers, to no other server`
    const remedy = 'remove it; to proxy to another server name it in the site file (upstreams)'
    tell(draft, entry, 'warning', text, remedy)
  }
}

/** `protocol = http` turns what was named with `socket` into HTTP listeners. */
export function applyProtocol(draft: Draft): void {
  if (draft.protocol === undefined) return
  const entry = draft.places.get('socket')
  if (/^(http|http11)$/.test(draft.protocol) && entry) {
    draft.gateway.http = [...(draft.gateway.http ?? []), ...(draft.gateway.socket ?? [])]
    delete draft.gateway.socket
  } else if (/^scgi/.test(draft.protocol) && entry) {
    tell(
      draft,
      entry,
      'error',
      'protocol = scgi: SCGI is not spoken',
      'remove the line: FastCGI, uwsgi and HTTP are told apart',
    )
  }
}
