// Addresses as ngx_parse_url reads them, without asking any name server.
import { isIpv4, isIpv6, readNumber } from './values.ts'

export type Url = {
  err?: string
  /** What the address is: a socket path, a number, or a name that would have to be looked up. */
  kind: 'unix' | 'ipv4' | 'ipv6' | 'name' | 'any'
  host: string
  port: number
  noPort: boolean
  lastPort: number
  uri: string
}

type UrlOptions = { listen?: boolean; uriPart?: boolean; defaultPort?: number }

const SOCKET_PATH_LIMIT = 108

export function readUrl(text: string, options: UrlOptions = {}): Url {
  if (/^unix:/i.test(text)) return unixUrl(text, options)
  return text.startsWith('[') ? inet6Url(text, options) : inetUrl(text, options)
}

const blank = (kind: Url['kind'], port = 0): Url => ({
  kind,
  host: '',
  port,
  noPort: false,
  lastPort: 0,
  uri: '',
})
const bad = (err: string): Url => ({ ...blank('any'), err })

function unixUrl(text: string, { uriPart }: UrlOptions): Url {
  let path = text.slice(5)
  let uri = ''
  const colon = uriPart === true ? path.indexOf(':') : -1
  if (colon !== -1) {
    uri = path.slice(colon + 1)
    path = path.slice(0, colon)
  }
  if (path === '') return bad('no path in the unix domain socket')
  if (new TextEncoder().encode(path).length + 1 > SOCKET_PATH_LIMIT)
    return bad('too long path in the unix domain socket')
  return { ...blank('unix'), host: path, uri, noPort: true }
}

const isPort = (port: number | undefined): port is number => port !== undefined && port >= 1 && port <= 65_535

function readPort(text: string, listen: boolean): { port: number; last: number } | string {
  const dash = listen ? text.indexOf('-') : -1
  const last = dash === -1 ? 0 : readNumber(text.slice(dash + 1))
  if (dash !== -1 && !isPort(last)) return 'invalid port'
  const port = readNumber(dash === -1 ? text : text.slice(0, dash))
  if (!isPort(port)) return 'invalid port'
  if (last !== undefined && last !== 0 && port > last) return 'invalid port range'
  return { port, last: last ?? 0 }
}

function inetUrl(text: string, { listen = false, uriPart = false, defaultPort = 0 }: UrlOptions): Url {
  const slash = text.search(/[/?]/)
  const uri = slash === -1 ? '' : text.slice(slash)
  if (slash !== -1 && (listen || !uriPart)) return bad('invalid host')
  const authority = slash === -1 ? text : text.slice(0, slash)
  const colon = authority.indexOf(':')
  let host = authority
  let port = defaultPort
  let last = 0
  if (colon !== -1) {
    const read = readPort(authority.slice(colon + 1), listen)
    if (typeof read === 'string') return bad(read)
    port = read.port
    last = read.last
    host = authority.slice(0, colon)
  } else if (slash === -1 && listen) {
    const found = /^(\d+)(?:-(\d+))?$/.exec(authority)
    if (found !== null) {
      const read = readPort(authority, true)
      return typeof read === 'string'
        ? bad(read)
        : { ...blank('any', read.port), lastPort: read.last, host: '*' }
    }
  }
  if (host === '') return bad('no host')
  const kind =
    listen && host === '*' ? 'any' : isIpv4(host) ? (listen && host === '0.0.0.0' ? 'any' : 'ipv4') : 'name'
  return { kind, host: kind === 'any' ? '*' : host, port, noPort: colon === -1, lastPort: last, uri }
}

function inet6Url(text: string, { listen = false, uriPart = false, defaultPort = 0 }: UrlOptions): Url {
  const close = text.indexOf(']')
  if (close === -1) return bad('invalid host')
  const after = text.slice(close + 1)
  const slash = after.indexOf('/')
  if (slash !== -1 && (listen || !uriPart)) return bad('invalid host')
  const uri = slash === -1 ? '' : after.slice(slash)
  const tail = slash === -1 ? after : after.slice(0, slash)
  let port = defaultPort
  let last = 0
  if (tail !== '') {
    if (!tail.startsWith(':')) return bad('invalid host')
    const read = readPort(tail.slice(1), listen)
    if (typeof read === 'string') return bad(read)
    port = read.port
    last = read.last
  }
  const host = text.slice(1, close)
  if (host === '') return bad('no host')
  if (!isIpv6(host)) return bad('invalid IPv6 address')
  return { kind: 'ipv6', host: canonicalIpv6(host), port, noPort: tail === '', lastPort: last, uri }
}

/** One spelling per address. */
function canonicalIpv6(text: string): string {
  try {
    return new URL(`http://[${text}]/`).hostname
  } catch {
    return text.toLowerCase()
  }
}
