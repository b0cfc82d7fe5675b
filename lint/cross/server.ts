// nginx's configuration against the options of uWSGI or of postern's gateway.

import type { Model } from '../model/model.ts'
import type { Statement } from '../model/statement.ts'
import type { AppServer, CrossRule, Speaks } from './behind.ts'
import { appSites, readSize, readTime, sayMb } from './units.ts'

const NGINX_TIMEOUT = 60
const BODY_DEFAULT = 1024 ** 2
const PROTOCOL: Record<string, Speaks> = { proxy_pass: 'http', uwsgi_pass: 'uwsgi', fastcgi_pass: 'fastcgi' }

const socketOf = (address: string): string =>
  address
    .replace(/^(?:http:\/\/)?unix:(?:\/\/)?/, '')
    .replace(/^(?:127\.0\.0\.1|localhost|0\.0\.0\.0|\*|\[::\])?:(\d+)$/, ':$1')
    .replace(/\/{2,}/g, '/')

/** The passes that end in the server's own sockets, and those that do not. */
function passesTo(
  model: Model,
  server: AppServer,
): { pass: Statement; socket: AppServer['sockets'][number] | undefined; addresses: string[] }[] {
  return appSites(model).flatMap(({ passes }) =>
    passes.map((pass) => {
      const addresses = model.addressesOf(pass).map(socketOf)
      return {
        pass,
        addresses,
        socket: server.sockets.find((one) => addresses.includes(socketOf(one.address))),
      }
    }),
  )
}

const socket: CrossRule = {
  name: 'server-socket',
  severity: 'error',
  summary: 'nginx connects to another socket than the application server listens on, or in another protocol.',
  why: '502 Bad Gateway for every request: “connect() failed (2: No such file or directory)”, or “upstream prematurely closed connection” when the protocols differ.',
  check(model, { server }, report) {
    if (server === undefined || server.sockets.length === 0) return
    const all = passesTo(model, server)
    for (const { pass, socket: found } of all) {
      const protocol = PROTOCOL[pass.name]
      if (found === undefined || protocol === undefined || found.speaks.includes(protocol)) continue
      report(pass, `${found.address} speaks ${found.speaks.join(' and ')}, not ${protocol}`, {
        help: found.speaks.includes('uwsgi')
          ? 'uwsgi_pass and include uwsgi_params; or let the server listen with http-socket'
          : 'proxy_pass http://…; or let the server listen with socket (uwsgi protocol)',
      })
    }
    if (all.length === 0 || all.some((one) => one.socket !== undefined)) return
    const first = all[0]
    report(
      first?.pass,
      `nginx connects to ${first?.addresses.join(', ')}; ${server.name} listens on ${server.sockets.map((one) => one.address).join(', ')} (${server.from})`,
      { help: 'write the same path in both' },
    )
  },
}

const mode: CrossRule = {
  name: 'server-socket-mode',
  severity: 'warning',
  summary: 'nginx may not be allowed to use the socket.',
  why: 'To connect to a Unix socket nginx’s user needs write permission on it. With the umask’s 755, or 644, only the owner has it: 502, “connect() failed (13: Permission denied)”.',
  check(model, { server }, report) {
    if (server === undefined) return
    const user = model.root.first('user')?.arg ?? 'www-data'
    for (const { pass, socket: found } of passesTo(model, server)) {
      if (found === undefined || !found.address.replace(/^unix:/, '').startsWith('/')) continue
      const owner = server.socketOwner?.split(':') ?? []
      if (owner[0] === user) continue
      const asked = server.socketMode
      if (asked === undefined)
        report(
          pass,
          `${server.name} leaves the mode of ${found.address} to the umask: ${user} may not be able to connect`,
          {
            help: `chmod-socket = 660 and chown-socket = :${user} (or a group that ${user} is in)`,
            confidence: 'medium',
          },
        )
      else if ((asked & 0o022) === 0)
        report(pass, `mode ${asked.toString(8)} of ${found.address} lets only its owner connect`, {
          severity: 'error',
          help: `chmod-socket = 660 and chown-socket = :${user}`,
        })
    }
  },
}

const timeout: CrossRule = {
  name: 'server-timeout',
  severity: 'warning',
  summary: 'nginx gives up before the application server does.',
  why: 'After uwsgi_read_timeout (60 s) nginx answers 504 and leaves. The worker goes on to its harakiri, busy for nobody; people try again and keep the next worker busy.',
  check(model, { server }, report) {
    if (server?.harakiriSeconds === undefined || server.harakiriSeconds === 0) return
    const said = new Set<string>()
    for (const { pass, socket: found } of passesTo(model, server)) {
      if (found === undefined && server.sockets.length > 0) continue
      const kind = pass.name.replace('_pass', '')
      const at = pass.parent?.effective(`${kind}_read_timeout`)
      const seconds = at === undefined ? NGINX_TIMEOUT : readTime(at.arg)
      if (seconds === undefined || seconds >= server.harakiriSeconds) continue
      const mark = `${at?.node?.span.start.offset}:${kind}`
      if (said.has(mark)) continue
      said.add(mark)
      report(
        at ?? pass,
        `nginx waits ${seconds} s, ${server.name} lets a request run ${server.harakiriSeconds} s (${server.from})`,
        {
          help: `${kind}_read_timeout ${Math.ceil(server.harakiriSeconds) + 5}s; or a harakiri below ${seconds}`,
        },
      )
    }
  },
}

const body: CrossRule = {
  name: 'server-body-limit',
  severity: 'warning',
  summary: 'nginx lets larger bodies through than the application server takes.',
  why: 'The server closes the connection in the middle of the upload: the visitor sees 502 instead of “413, too large”.',
  check(model, { server }, report) {
    if (server?.bodyLimit === undefined || server.bodyLimit === 0) return
    for (const { pass, socket: found } of passesTo(model, server)) {
      if (found === undefined) continue
      const at = pass.parent?.effective('client_max_body_size')
      const size = at === undefined ? BODY_DEFAULT : readSize(at.arg)
      if (size === undefined || (size !== 0 && size <= server.bodyLimit)) continue
      report(
        at ?? pass,
        `nginx takes ${size === 0 ? 'bodies of any size' : sayMb(size)}, ${server.name} ${sayMb(server.bodyLimit)} (limit-post, ${server.from})`,
        { help: `client_max_body_size ${Math.max(1, Math.floor(server.bodyLimit / 1024 ** 2))}m;` },
      )
      return
    }
  },
}

const buffer: CrossRule = {
  name: 'server-buffer-size',
  severity: 'warning',
  summary: 'uWSGI’s buffer is smaller than the headers that nginx lets through.',
  why: 'nginx takes up to four lines of 8 kB. uWSGI reads all headers into buffer-size (4 kB by default): a few cookies more, and it says “invalid request block size” and the visitor 502.',
  check(model, { server }, report) {
    if (server?.bufferSize === undefined) return
    for (const { pass, socket: found } of passesTo(model, server)) {
      if (found === undefined || pass.name !== 'uwsgi_pass') continue
      const at = pass.parent?.effective('large_client_header_buffers')
      const line = at === undefined ? 8192 : readSize(at.args[1] ?? '')
      if (line === undefined || server.bufferSize >= line) continue
      report(
        at ?? pass,
        `nginx takes header lines of ${sayMb(line)}, ${server.name} ${sayMb(server.bufferSize)} for all of them together (buffer-size, ${server.from})`,
        { help: `buffer-size = ${Math.min(65_535, line * 4)}` },
      )
      return
    }
  },
}

export const serverRules: readonly CrossRule[] = [socket, mode, timeout, body, buffer]
