// Addresses as uWSGI writes them -> what to listen on. Pure.

import { PosternError } from '../../errors.ts'

export type Address =
  | { kind: 'unix'; path: string }
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'fd'; fd: number }

/** sockaddr_un holds 108 bytes with the closing NUL. */
export const SOCKET_PATH_LIMIT = 107

/** `:8000`, `*:8000`, `host:8000`, `[::1]:8000`, `fd://3`, or the path of a Unix socket. */
export function parseAddress(text: string): Address {
  const bad = (reason: string): never => {
    throw new PosternError('LISTEN_BAD_ADDRESS', { address: text, reason })
  }
  const trimmed = text.trim()
  const fd = /^fd:\/\/(\d+)$/.exec(trimmed)
  if (fd) return { kind: 'fd', fd: Number(fd[1]) }
  if (/^\d+$/.test(trimmed)) bad('a number alone would be a file name')
  if (trimmed === '') bad('it is empty')
  if (trimmed.startsWith('@')) bad('nginx cannot connect to abstract sockets')
  const unix = /^unix:(?:\/\/)?(.+)$/.exec(trimmed)?.[1] ?? (isPath(trimmed) ? trimmed : undefined)
  if (unix !== undefined) {
    const length = Buffer.byteLength(unix)
    if (length > SOCKET_PATH_LIMIT) {
      throw new PosternError('LISTEN_PATH_LONG', { path: unix, length, limit: SOCKET_PATH_LIMIT })
    }
    return { kind: 'unix', path: unix }
  }
  const tcp = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^:]*)):\s*(\d+)$/.exec(trimmed)
  if (!tcp) return bad('neither a path nor host:port')
  const port = Number(tcp[3])
  if (port > 65_535) bad('ports end at 65535')
  const host = tcp[1] ?? tcp[2] ?? ''
  return { kind: 'tcp', host: host === '' || host === '*' ? '0.0.0.0' : host, port }
}

const isPath = (text: string): boolean => text.includes('/') || !text.includes(':')

export const printAddress = (address: Address): string =>
  address.kind === 'unix'
    ? address.path
    : address.kind === 'fd'
      ? `fd://${address.fd}`
      : `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`
