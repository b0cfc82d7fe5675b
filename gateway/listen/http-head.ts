// HTTP heads as node:http has read them -> bytes for the environ writer; response heads -> what node:http wants.
// Knows no sockets but for the addresses of one. Refuses what two readers could understand in two ways.

import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { PosternError } from '../../errors.ts'
import type { EnvironWriter } from '../protocol/environ.ts'
import { VARIABLES_LIMIT } from '../protocol/limits.ts'
import { nextRequestId } from './request-id.ts'
import { readScheme, type Trust } from './trust.ts'

/** Names grow by `HTTP_`; a head is at most 64 KiB, and an absolute target is written beside its path. */
const source = Buffer.allocUnsafeSlow(65_536 * 3)

/** RFC 9112 2.2 and 3.2: a host, an optional port, nothing a proxy in front could read differently. */
const hostForm = /^(?:[\w.!$&'()*+;=~%-]*|\[[0-9A-Fa-f:.]+\])(?::\d*)?$/
const absoluteForm = /^https?:\/\/([^/?#]*)([^#]*)/i

/**
 * One environ from one request. Returns the writer's bytes; throws what has to be answered 4xx. `decodedLength`: the size
 * of a chunked body that has been decoded whole; then it is as if the client had said so.
 */
export function writeHttpEnviron(
  writer: EnvironWriter,
  request: IncomingMessage,
  trust: Trust,
  decodedLength?: number,
): Buffer {
  const { rawHeaders, httpVersion } = request
  if (httpVersion !== '1.1' && httpVersion !== '1.0') {
    throw new PosternError('HTTP_VERSION', { found: httpVersion })
  }
  if (rawHeaders.length / 2 > VARIABLES_LIMIT) {
    throw new PosternError('REQUEST_TOO_MANY_VARIABLES', { limit: VARIABLES_LIMIT })
  }
  const absolute = absoluteForm.exec(request.url ?? '')
  const target = absolute ? pathOf(absolute[2] as string) : (request.url ?? '')
  const { socket } = request
  let size = target.length * 2 + 256
  for (const text of rawHeaders) size += text.length + 8
  writer.begin(source, size, 'http')
  position = 0
  add(writer, 'REQUEST_METHOD', request.method ?? '')
  add(writer, 'REQUEST_URI', target)
  add(writer, 'SERVER_PROTOCOL', `HTTP/${httpVersion}`)
  let hosts = 0
  let contentType: string | undefined
  let realIp = ''
  let requestId: string | undefined
  let forwardedFor = ''
  let forwardedProto = ''
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    const value = rawHeaders[i + 1] as string
    switch (name.length) {
      case 4:
        if (is(name, 'host')) {
          hosts++
          if (!hostForm.test(value)) throw new PosternError('HTTP_BAD_HOST', { found: value })
          if (absolute) continue
        }
        break
      case 9:
        if (is(name, 'x-real-ip')) realIp = value
        break
      case 12:
        if (is(name, 'x-request-id')) requestId = value
        else if (is(name, 'content-type')) {
          if (contentType !== undefined && contentType !== value) {
            throw new PosternError('REQUEST_REPEATED', { name })
          }
          contentType = value
          add(writer, 'CONTENT_TYPE', value)
          continue
        }
        break
      case 14:
        if (is(name, 'content-length')) {
          add(writer, 'CONTENT_LENGTH', value)
          continue
        }
        break
      case 15:
        // It may come in several lines, as proxies add theirs.
        if (is(name, 'x-forwarded-for')) forwardedFor = forwardedFor ? `${forwardedFor},${value}` : value
        break
      case 17:
        if (is(name, 'x-forwarded-proto')) forwardedProto = value
        if (is(name, 'transfer-encoding')) {
          if (!is(value, 'chunked')) throw new PosternError('HTTP_TRANSFER_CODING', { found: value })
          if (httpVersion === '1.0') {
            // RFC 9112 6.1: who forwarded this may have read the body's end elsewhere.
            throw new PosternError('HTTP_MALFORMED', { reason: 'Transfer-Encoding in HTTP/1.0' })
          }
          if (decodedLength !== undefined) continue
        }
    }
    addHeader(writer, name, value)
  }
  if (absolute) {
    // RFC 9112 3.2.2: the target's own host counts, whatever the header says.
    const host = absolute[1] as string
    if (host === '' || !hostForm.test(host)) throw new PosternError('HTTP_BAD_HOST', { found: host })
    add(writer, 'HTTP_HOST', host)
  }
  if (decodedLength !== undefined) add(writer, 'CONTENT_LENGTH', String(decodedLength))
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) {
    throw new PosternError('HTTP_NO_HOST', { count: hosts })
  }
  const remote = socket.remoteAddress === undefined ? undefined : plainAddress(socket.remoteAddress)
  const isTrusted = !trust.isEmpty && trust.trusts(remote)
  const client = isTrusted ? trust.client(forwardedFor) : undefined
  if (isTrusted) {
    const scheme = readScheme(forwardedProto)
    if (scheme !== undefined) add(writer, 'REQUEST_SCHEME', scheme)
  }
  if (remote !== undefined) {
    add(writer, 'REMOTE_ADDR', client ?? remote)
    if (client === undefined) add(writer, 'REMOTE_PORT', String(socket.remotePort))
    add(writer, 'SERVER_PORT', String(socket.localPort))
  } else {
    // Only a proxy on this machine reaches a Unix socket; it is believed about its client.
    const last = forwardedFor.slice(forwardedFor.lastIndexOf(',') + 1).trim()
    add(writer, 'REMOTE_ADDR', client ?? (isIP(realIp) ? realIp : isIP(last) ? last : ''))
  }
  // The worker's reports name it, so that they can be found beside the access log's lines.
  add(writer, 'POSTERN_REQUEST_ID', nextRequestId(requestId))
  return writer.finish()
}

let position = 0

function add(writer: EnvironWriter, name: string, value: string): void {
  const from = position
  const to = from + source.write(name, from, 'latin1')
  position = to + source.write(value, to, 'latin1')
  writer.add(from, to, to, position)
}

/** `X-Forwarded-For` -> `HTTP_X_FORWARDED_FOR`. A `_` in the name would become the same variable: dropped. */
function addHeader(writer: EnvironWriter, name: string, value: string): void {
  const from = position
  source[from] = 0x48
  source[from + 1] = 0x54
  source[from + 2] = 0x54
  source[from + 3] = 0x50
  source[from + 4] = 0x5f
  let to = from + 5
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i)
    if (code === 0x5f) {
      writer.dropped.underscores++
      return
    }
    source[to++] = code === 0x2d ? 0x5f : code >= 0x61 && code <= 0x7a ? code - 0x20 : code
  }
  position = to + source.write(value, to, 'latin1')
  writer.add(from, to, to, position)
}

const is = (text: string, lower: string): boolean => text === lower || text.toLowerCase() === lower

const pathOf = (rest: string): string => (rest.startsWith('/') ? rest : `/${rest}`)

/** IPv4 as a dual-stack socket sees it. */
const plainAddress = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)

export type ResponseHead = { status: number; reason: string; headers: string[] }

/** A worker's response head. `without`: lower-case name of a header to leave out. */
export function readResponseHead(head: Buffer, without?: string): ResponseHead {
  const text = head.toString('latin1')
  let end = text.indexOf('\r\n')
  const status = Number(text.slice(0, 3))
  const reason = text.slice(4, end)
  const headers: string[] = []
  for (;;) {
    const start = end + 2
    end = text.indexOf('\r\n', start)
    if (end <= start) break
    const colon = text.indexOf(':', start)
    const name = text.slice(start, colon)
    if (without !== undefined && name.toLowerCase() === without) continue
    headers.push(name, text.slice(text[colon + 1] === ' ' ? colon + 2 : colon + 1, end))
  }
  return { status, reason, headers }
}
