// `listen` of http, stream and mail: its parameters, and two servers that want the same socket.
import type { Call } from '../call.ts'
import type { Family, Level } from '../level.ts'
import { readUrl, type Url } from '../url.ts'
import { readNumber, readSize, readTime } from '../values.ts'
import type { Handler } from './core.ts'

type Parameters = { set: boolean; isDefault: boolean; words: Set<string> }

/** `so_keepalive=30m::10`. */
function isKeepalive(value: string): boolean {
  if (value === 'on' || value === 'off') return true
  const [idle = '', interval = '', count = '', ...more] = value.split(':')
  const read = [
    idle === '' ? 0 : readTime(idle, true),
    interval === '' ? 0 : readTime(interval, true),
    [count, ...more].join(':') === '' ? 0 : readNumber([count, ...more].join(':')),
  ]
  return read.every((part) => part !== undefined) && read.some((part) => part !== 0)
}

function readParameters(
  call: Call,
  flags: readonly string[],
  defaults: readonly string[],
): Parameters | undefined {
  const found: Parameters = { set: false, isDefault: false, words: new Set() }
  for (const [index, word] of call.args.entries()) {
    if (index === 0) continue
    const value = word.slice(word.indexOf('=') + 1)
    const name = word.includes('=') ? word.slice(0, word.indexOf('=')) : word
    found.words.add(name)
    if (defaults.includes(word)) found.isDefault = true
    else if (flags.includes(word)) continue
    else if (word === 'bind' || word === 'deferred' || word === 'reuseport') found.set = true
    else if ((name === 'rcvbuf' || name === 'sndbuf') && name !== word) {
      found.set = true
      if (readSize(value) === undefined) return void call.fail(`invalid ${name} "${word}"`, index)
    } else if ((name === 'backlog' || name === 'fastopen' || name === 'setfib') && name !== word) {
      found.set = true
      const number = readNumber(value)
      if (number === undefined || (name === 'backlog' && number === 0)) {
        return void call.fail(`invalid ${name} "${word}"`, index)
      }
    } else if (word.startsWith('ipv6only=o')) {
      found.set = true
      if (value !== 'on' && value !== 'off') return void call.fail(`invalid ipv6only flags "${value}"`, index)
    } else if (name === 'so_keepalive' && name !== word) {
      found.set = true
      if (!isKeepalive(value)) return void call.fail(`invalid so_keepalive value: "${value}"`, index)
    } else if (word.startsWith('accept_filter=')) found.set = true
    else {
      const old = call.form.type !== 'HTTP' && call.world.minor < 25
      return void call.fail(old ? `the invalid "${word}" parameter` : `invalid parameter "${word}"`, index)
    }
  }
  return found
}

/** One key per address the kernel would be asked for. Names but localhost are not looked up: they meet only themselves. */
function socketsOf(url: Url, datagram: boolean): { key: string; shown: string }[] {
  if (url.kind === 'unix')
    return [{ key: `unix:${url.host}${datagram ? ' udp' : ''}`, shown: `unix:${url.host}` }]
  const last = url.lastPort === 0 ? url.port : url.lastPort
  const host =
    url.kind === 'any' ? '0.0.0.0' : url.host.toLowerCase() === 'localhost' ? '127.0.0.1' : url.host
  return Array.from({ length: Math.min(last - url.port + 1, 65_536) }, (_, step) => {
    const shown = `${host}:${url.port + step}`
    return { key: datagram ? `${shown} udp` : shown, shown }
  })
}

function claim(call: Call, family: Family, sockets: { key: string; shown: string }[], found: Parameters) {
  const server = call.level
  for (const { key, shown } of sockets) {
    const known = family.listens.get(key)
    const secure = found.words.has('quic') ? 'quic' : found.words.has('ssl') ? 'ssl' : undefined
    if (known === undefined) {
      family.listens.set(key, {
        servers: [server],
        set: found.set,
        leader: found.isDefault ? server : undefined,
        secure,
      })
      continue
    }
    if (known.servers.includes(server)) return call.fail(`a duplicate listen ${shown}`, 0, 'conflict')
    known.servers.push(server)
    if (found.set && known.set) {
      const hint = found.words.has('reuseport')
        ? 'reuseport stands once for an address: leave it to one of the servers (of postern’s sites, the others say http3: "shared")'
        : 'options of the socket stand once for an address: leave them to one of the servers'
      return call.fail(`duplicate listen options for ${shown}`, 0, 'conflict', hint)
    }
    if (found.set) known.set = true
    if (found.isDefault && known.leader !== undefined) {
      return call.fail(`a duplicate default server for ${shown}`, 0, 'conflict')
    }
    if (found.isDefault) known.leader = server
    known.secure ??= secure
  }
}

/** A server of http{} without `listen` takes port 80. */
export function listenAnyway(family: Family, server: Level) {
  const known = family.listens.get('0.0.0.0:80')
  if (known === undefined) {
    family.listens.set('0.0.0.0:80', { servers: [server], set: false, leader: undefined, secure: undefined })
  } else known.servers.push(server)
}

function readAddress(call: Call, defaultPort: number): Url | undefined {
  const url = readUrl(call.arg(0), { listen: true, defaultPort })
  if (url.err === undefined) return url
  call.fail(`${url.err} in "${call.arg(0)}" of the "listen" directive`, 0)
  return undefined
}

const INCOMPATIBLE_WITH_QUIC = [
  'fastopen',
  'backlog',
  'deferred',
  'ssl',
  'http2',
  'so_keepalive',
  'proxy_protocol',
]

const httpListen: Handler = (call) => {
  const { minor } = call.world
  const url = readAddress(call, 80)
  if (url === undefined) return
  const flags = ['ssl', 'http2', 'proxy_protocol']
  if (minor >= 25) flags.push('quic')
  if (minor >= 29) flags.push('multipath')
  const found = readParameters(call, flags, ['default_server', 'default'])
  if (found === undefined) return
  if (found.words.has('http2') && minor >= 26) {
    const message = 'the "listen ... http2" directive is deprecated, use the "http2" directive instead'
    call.warn(message, undefined, 'deprecated')
  }
  const quic = found.words.has('quic')
  const clash = quic ? INCOMPATIBLE_WITH_QUIC.find((word) => found.words.has(word)) : undefined
  if (clash !== undefined) return call.says(`"${clash}" parameter is incompatible with "quic"`)
  if (call.family !== undefined) claim(call, call.family, socketsOf(url, quic), found)
}

const INCOMPATIBLE_WITH_UDP = ['fastopen', 'backlog', 'deferred', 'ssl', 'so_keepalive', 'proxy_protocol']

const streamListen: Handler = (call) => {
  const { minor } = call.world
  const url = readAddress(call, 0)
  if (url === undefined) return
  const defaults = minor >= 25 ? ['default_server'] : []
  const flags = ['ssl', 'udp', 'proxy_protocol', ...(minor >= 29 ? ['multipath'] : [])]
  const found = readParameters(call, flags, defaults)
  if (found === undefined) return
  if (found.words.has('ssl')) call.level.secureListen = call.directive
  const udp = found.words.has('udp')
  const clash = udp ? INCOMPATIBLE_WITH_UDP.find((word) => found.words.has(word)) : undefined
  if (clash !== undefined) return call.says(`"${clash}" parameter is incompatible with "udp"`)
  if (call.family === undefined) return
  const sockets = socketsOf(url, udp)
  if (minor >= 25) return claim(call, call.family, sockets, found)
  for (const { key, shown } of sockets) {
    if (call.family.listens.has(key))
      return call.fail(`duplicate "${shown}" address and port pair`, 0, 'conflict')
    const secure = found.words.has('ssl') ? 'ssl' : undefined
    call.family.listens.set(key, { servers: [call.level], set: found.set, leader: undefined, secure })
  }
}

const mailListen: Handler = (call) => {
  const url = readAddress(call, 0)
  if (url === undefined) return
  const found = readParameters(call, ['ssl', 'proxy_protocol'], [])
  if (found === undefined) return
  if (found.words.has('ssl')) call.level.secureListen = call.directive
  call.level.ports.push(url.port)
  for (const { key, shown } of socketsOf(url, false)) {
    if (call.world.mailListens.has(key)) {
      return call.fail(`duplicate "${shown}" address and port pair`, 0, 'conflict')
    }
    call.world.mailListens.add(key)
  }
}

export const listen: Record<string, Handler> = {
  'HTTP:listen': httpListen,
  'STRM:listen': streamListen,
  'MAIL:listen': mailListen,
}
