// The PROXY protocol's header (haproxy.org, proxy-protocol.txt), versions 1 and 2: bytes in, the client's address out. No I/O.

import { isIP } from 'node:net'
import { PosternError } from '../../errors.ts'

/** `address` undefined: the proxy speaks for itself, or of something that is no TCP. */
export type ProxyHeader = { size: number; address?: string; port?: number }

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const PREFIX = Buffer.from('PROXY ')
/** Version 1 in all, its line end included. */
const TEXT_LIMIT = 107
/** Version 2: addresses and whatever a proxy adds to them. */
export const PROXY_HEADER_LIMIT = 4096
const FIXED_SIZE = 16
const TCP4 = 0x11
const TCP6 = 0x21

/** The header at the start of `bytes`; undefined: more is needed. Throws what is none. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  const binary = SIGNATURE.subarray(0, bytes.length).equals(bytes.subarray(0, SIGNATURE.length))
  if (binary) return bytes.length < FIXED_SIZE ? undefined : readBinary(bytes)
  if (!PREFIX.subarray(0, bytes.length).equals(bytes.subarray(0, PREFIX.length))) refuse('there is none')
  return readText(bytes)
}

function readText(bytes: Buffer): ProxyHeader | undefined {
  const end = bytes.subarray(0, TEXT_LIMIT).indexOf('\r\n')
  if (end < 0)
    return bytes.length < TEXT_LIMIT ? undefined : refuse(`its line is longer than ${TEXT_LIMIT} bytes`)
  const size = end + 2
  const [, family, from = '', to = '', port = '', ownPort = '', ...rest] = bytes
    .toString('latin1', 0, end)
    .split(' ')
  if (family === 'UNKNOWN') return { size }
  const wanted =
    family === 'TCP4' ? 4 : family === 'TCP6' ? 6 : refuse('its family is neither TCP4, TCP6 nor UNKNOWN')
  const isGood =
    isIP(from) === wanted && isIP(to) === wanted && isPort(port) && isPort(ownPort) && rest.length === 0
  return isGood ? { size, address: from, port: Number(port) } : refuse('its addresses or ports are none')
}

const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) < 65_536

function readBinary(bytes: Buffer): ProxyHeader | undefined {
  const version = bytes[12] as number
  const family = bytes[13] as number
  const length = bytes.readUInt16BE(14)
  const size = FIXED_SIZE + length
  if (version !== 0x20 && version !== 0x21) refuse('its version or command is unknown')
  if (size > PROXY_HEADER_LIMIT) refuse(`it is longer than ${PROXY_HEADER_LIMIT} bytes`)
  if (family === TCP4 && length < 12) refuse('its addresses are cut')
  if (family === TCP6 && length < 36) refuse('its addresses are cut')
  if (bytes.length < size) return undefined
  if (version === 0x20) return { size }
  if (family === TCP4) {
    return { size, address: bytes.subarray(16, 20).join('.'), port: bytes.readUInt16BE(24) }
  }
  if (family === TCP6)
    return { size, address: printIPv6(bytes.subarray(16, 32)), port: bytes.readUInt16BE(48) }
  return { size }
}

/** As other sockets' addresses are written: lower case, the longest run of zeros left out. */
function printIPv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16))
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}

function refuse(reason: string): never {
  throw new PosternError('PROXY_HEADER', { reason })
}
