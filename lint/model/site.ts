// The servers of a tree by the sockets they share, as nginx compares them. Pure.

import type { Statement } from './statement.ts'

export type Listen = {
  at: Statement
  /** Servers with the same key share a socket. */
  key: string
  address: string
  port: number
  unix: string | undefined
  ssl: boolean
  quic: boolean
  http2: boolean
  udp: boolean
  isDefault: boolean
  options: string[]
}

export type Site = {
  server: Statement
  module: string
  listens: Listen[]
  /** Without any server_name nginx uses the empty name. */
  names: string[]
  /** TLS on at least one socket; `all` of them when nothing is plain. */
  tls: boolean
  plain: boolean
  /** Reachable from other machines, as far as the listens say. */
  open: boolean
}

const WILDCARDS = new Set(['', '*', '0.0.0.0', '[::]'])

/** One spelling for each IPv6 address: `[0::0]` is `[::]`. */
function plainAddress(address: string): string {
  if (!address.startsWith('[')) return address.toLowerCase()
  try {
    return new URL(`http://${address}`).hostname
  } catch {
    return address.toLowerCase()
  }
}

export function readListen(at: Statement): Listen {
  const [first = '', ...options] = at.args
  const quic = options.includes('quic') || options.includes('http3')
  const udp = quic || options.includes('udp')
  const flags = {
    at,
    options,
    ssl: options.includes('ssl') || quic,
    quic,
    udp,
    http2: options.includes('http2'),
    isDefault: options.includes('default_server') || options.includes('default'),
  }
  const socket = /^unix:([^:]+)$/i.exec(first)
  if (socket !== null) return { ...flags, key: first, address: first, port: 0, unix: socket[1] as string }
  const parts = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d+)(?:-\d+)?)?$/.exec(first)
  let address = parts?.[1] ?? first
  let port = parts?.[2]
  if (port === undefined && /^\d+$/.test(address)) {
    port = address
    address = ''
  }
  const plain = plainAddress(address)
  const host = WILDCARDS.has(plain) ? (plain === '[::]' ? '[::]' : '*') : plain
  const number = Number(port ?? 80)
  return {
    ...flags,
    key: `${host}:${number}${udp ? '/udp' : ''}`,
    address: host,
    port: number,
    unix: undefined,
  }
}

export function readSite(server: Statement, implicitPort: number): Site {
  const module = server.module
  const listens = server.all('listen').map(readListen)
  if (listens.length === 0 && module === 'http') {
    listens.push({
      at: server, key: `*:${implicitPort}`, address: '*', port: implicitPort, unix: undefined, ssl: false, quic: false,
      http2: false, udp: false, isDefault: false, options: [],
    }) // biome-ignore format: one record
  }
  const sslOn = server.effective('ssl')?.arg === 'on'
  const tls = sslOn || listens.some((one) => one.ssl)
  return {
    server,
    module,
    listens,
    names: server.all('server_name').flatMap((one) => one.args.map((name) => name.toLowerCase())),
    tls,
    plain: !sslOn && listens.some((one) => !one.ssl && one.unix === undefined),
    open: listens.some((one) => one.unix === undefined && !isLoopback(one.address)),
  }
}

export const isLoopback = (address: string): boolean =>
  /^127\./.test(address) || address === 'localhost' || address === '[::1]' || address.startsWith('unix:')

/** Two name lists that one request could match alike. */
export const sharesName = (a: Site, b: Site): boolean =>
  a.names.some((name) => name !== '_' && name !== '' && b.names.includes(name))
