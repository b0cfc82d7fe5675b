// The three protocols from the client's side, written by hand from their specifications (not by the code under test):
// what nginx would send for a request, and what comes back. For contract tests over raw sockets.

import { connect, type Socket } from 'node:net'

export type ProtocolName = 'fastcgi' | 'uwsgi' | 'http'
export const protocols: readonly ProtocolName[] = ['fastcgi', 'uwsgi', 'http']

export type Said = {
  method?: string
  target?: string
  headers?: [string, string][]
  body?: Buffer
  /** Overrides what is said of the body's length. */
  length?: string
  /** FastCGI and HTTP: keep the connection. */
  keep?: boolean
  /** More CGI variables, binary protocols only. */
  vars?: [string, string][]
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

/** The CGI variables nginx sends by its own `uwsgi_params`, plus the headers. */
export function varsOf(said: Said): [string, string][] {
  const target = said.target ?? '/'
  const { body } = said
  return [
    ['QUERY_STRING', target.split('?')[1] ?? ''],
    ['REQUEST_METHOD', said.method ?? 'GET'],
    ['CONTENT_TYPE', ''],
    ['CONTENT_LENGTH', said.length ?? (body ? String(body.length) : '')],
    ['REQUEST_URI', target],
    ['SERVER_PROTOCOL', 'HTTP/1.1'],
    ['REQUEST_SCHEME', 'http'],
    ['REMOTE_ADDR', '192.0.2.1'],
    ['REMOTE_PORT', '4711'],
    ['SERVER_PORT', '80'],
    ['SERVER_NAME', ''],
    ['HTTP_HOST', 'site.test'],
    ...(said.vars ?? []),
    ...(said.headers ?? []).map(([name, value]): [string, string] => [
      `HTTP_${name.toUpperCase().replaceAll('-', '_')}`,
      value,
    ]),
  ]
}

export function record(type: number, content: Buffer, id = 1, padding = 0): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(1, 0)
  header.writeUInt8(type, 1)
  header.writeUInt16BE(id, 2)
  header.writeUInt16BE(content.length, 4)
  header.writeUInt8(padding, 6)
  return Buffer.concat([header, content, Buffer.alloc(padding, 0xaa)])
}

const fastcgiLength = (length: number): Buffer => {
  if (length < 128) return Buffer.from([length])
  const out = Buffer.alloc(4)
  out.writeUInt32BE((length | 0x80000000) >>> 0)
  return out
}

export const fastcgiPairs = (vars: [string, string][]): Buffer =>
  Buffer.concat(
    vars.flatMap(([name, value]) => [
      fastcgiLength(name.length),
      fastcgiLength(value.length),
      bytes(name),
      bytes(value),
    ]),
  )

export const uwsgiVars = (vars: [string, string][]): Buffer =>
  Buffer.concat(
    vars.flatMap(([name, value]) => {
      const lengths = Buffer.alloc(4)
      lengths.writeUInt16LE(name.length, 0)
      lengths.writeUInt16LE(value.length, 2)
      return [lengths.subarray(0, 2), bytes(name), lengths.subarray(2), bytes(value)]
    }),
  )

export function uwsgiPacket(vars: Buffer, modifier = 0): Buffer {
  const header = Buffer.from([modifier, 0, 0, 0])
  header.writeUInt16LE(vars.length, 1)
  return Buffer.concat([header, vars])
}

/** The whole request as bytes of one protocol. */
export function speak(protocol: ProtocolName, said: Said): Buffer {
  const body = said.body ?? Buffer.alloc(0)
  if (protocol === 'uwsgi') return Buffer.concat([uwsgiPacket(uwsgiVars(varsOf(said))), body])
  if (protocol === 'fastcgi') {
    const begin = Buffer.from([0, 1, said.keep ? 1 : 0, 0, 0, 0, 0, 0])
    const parts = [record(1, begin), record(4, fastcgiPairs(varsOf(said)), 1, 3), record(4, Buffer.alloc(0))]
    for (let at = 0; at < body.length; at += 32_768) {
      parts.push(record(5, body.subarray(at, at + 32_768), 1, 5))
    }
    return Buffer.concat([...parts, record(5, Buffer.alloc(0))])
  }
  const lines = [`${said.method ?? 'GET'} ${said.target ?? '/'} HTTP/1.1`, 'Host: site.test']
  const length = said.length ?? (said.body ? String(body.length) : undefined)
  if (length !== undefined) lines.push(`Content-Length: ${length}`)
  if (!said.keep) lines.push('Connection: close')
  for (const [name, value] of said.headers ?? []) lines.push(`${name}: ${value}`)
  return Buffer.concat([bytes(`${lines.join('\r\n')}\r\n\r\n`), body])
}

export type Heard = {
  status: number
  headers: Record<string, string>
  body: Buffer
  /** The protocol's own mark of a whole answer was there: END_REQUEST, the last chunk, the declared length. */
  whole: boolean
}

/** What a peer makes of everything that came back on a connection. */
export function understand(protocol: ProtocolName, all: Buffer, method = 'GET'): Heard {
  let text = all
  let ended = false
  if (protocol === 'fastcgi') {
    const parts: Buffer[] = []
    for (let at = 0; at + 8 <= all.length; ) {
      const length = all.readUInt16BE(at + 4)
      if (all[at + 1] === 6) parts.push(all.subarray(at + 8, at + 8 + length))
      if (all[at + 1] === 3) ended = true
      at += 8 + length + (all[at + 6] as number)
    }
    text = Buffer.concat(parts)
  }
  const split = text.indexOf('\r\n\r\n')
  const lines = text.subarray(0, split).toString('latin1').split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const colon = line.indexOf(': ')
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2)
  }
  const status = Number((headers.status ?? lines[0]?.split(' ')[1] ?? '0').slice(0, 3))
  let body = text.subarray(split + 4)
  const declared = headers['content-length']
  if (headers['transfer-encoding'] === 'chunked') [body, ended] = unchunk(body)
  else if (protocol !== 'fastcgi') {
    ended =
      declared !== undefined && (body.length === Number(declared) || method === 'HEAD' || status === 304)
  }
  return { status, headers, body, whole: ended }
}

function unchunk(chunked: Buffer): [Buffer, boolean] {
  const parts: Buffer[] = []
  for (let at = 0; ; ) {
    const line = chunked.indexOf('\r\n', at)
    if (line < 0) return [Buffer.concat(parts), false]
    const length = Number.parseInt(chunked.toString('latin1', at, line), 16)
    if (length === 0) return [Buffer.concat(parts), chunked.toString('latin1', line, line + 4) === '\r\n\r\n']
    parts.push(chunked.subarray(line + 2, line + 2 + length))
    at = line + 2 + length + 2
  }
}

/** Sends bytes, waits until the peer closes, gives what came. `resets`: a reset counts as an end. */
export function exchangeBytes(path: string, pieces: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket: Socket = connect({ path, allowHalfOpen: true }, () => {
      const next = (index: number): void => {
        const piece = pieces[index]
        if (piece !== undefined) socket.write(piece, () => setImmediate(next, index + 1))
      }
      next(0)
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
    socket.on('end', () => socket.destroy())
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
}
