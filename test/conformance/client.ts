// An HTTP client that tells what really came: interim answers, raw headers, a body that was cut. One connection per case.

import { connect, type Socket } from 'node:net'
import type { CaseRequest } from './case.ts'

export type Answer = {
  interim: number[]
  status: number
  headers: [string, string][]
  body: Buffer
  /** The body ended where its framing says. */
  complete: boolean
}

export type Outcome = { answers: Answer[]; timedOut: boolean }

const limitMs = 6_000
const EMPTY = Buffer.alloc(0)

/** What is on the wire for a request; the part behind `headSize` waits for 100 when the client expects it. */
export function writeRequest(request: CaseRequest): { bytes: Buffer; headSize: number } {
  if (request.raw !== undefined) {
    const bytes = Buffer.from(request.raw, 'latin1')
    return { bytes, headSize: bytes.length }
  }
  const body =
    request.bodySize !== undefined
      ? Buffer.alloc(request.bodySize, 'x')
      : request.body === undefined
        ? undefined
        : Buffer.from(request.body, 'latin1')
  const target = request.absolute ? `http://localhost${request.path}` : request.path
  const lines = [`${request.method ?? 'GET'} ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close']
  for (const [name, value] of request.headers ?? []) lines.push(`${name}: ${value}`)
  if (request.expect) lines.push('Expect: 100-continue')
  if (request.chunked) lines.push('Transfer-Encoding: chunked')
  else if (body !== undefined) lines.push(`Content-Length: ${request.cutAt ?? body.length}`)
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
  const parts = body === undefined ? [] : request.chunked ? chunk(body) : [body]
  return { bytes: Buffer.concat([head, ...parts]), headSize: head.length }
}

function chunk(body: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < body.length; at += 5000) {
    const piece = body.subarray(at, at + 5000)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  parts.push(Buffer.from('0\r\n\r\n'))
  return parts
}

/** Sends one case's bytes and gathers what comes back until the server hangs up (or the limit). */
export function send(address: string, request: CaseRequest): Promise<Outcome> {
  return new Promise((resolve) => {
    const [host = '', port] = address.split(':')
    const socket: Socket = address.startsWith('/') ? connect(address) : connect(Number(port), host)
    const received: Buffer[] = []
    const { bytes, headSize } = writeRequest(request)
    let waiting = request.expect === true
    let timedOut = false
    const methods = [...bytes.toString('latin1').matchAll(/^([A-Z]+) \S+ HTTP/gm)].map(
      ([, name]) => name ?? '',
    )
    const read = () => readAnswers(Buffer.concat(received), methods)
    const timer = setTimeout(() => {
      timedOut = true
      socket.destroy()
    }, limitMs)
    socket.on('connect', () => {
      if (request.cutAt !== undefined || request.halfClose) socket.end(bytes)
      else socket.write(waiting ? bytes.subarray(0, headSize) : bytes)
    })
    socket.on('data', (data) => {
      received.push(data)
      if (request.hangUp) socket.destroy()
      if (!waiting) return
      const text = Buffer.concat(received).toString('latin1')
      if (!text.includes('\r\n\r\n')) return
      waiting = false
      if (text.startsWith('HTTP/1.1 100')) socket.write(bytes.subarray(headSize))
    })
    socket.on('error', () => {}) // a reset is seen as an answer that is not complete
    socket.on('close', () => {
      clearTimeout(timer)
      resolve({ answers: read(), timedOut })
    })
  })
}

/** Splits what came into answers. */
export function readAnswers(bytes: Buffer, methods: string[]): Answer[] {
  const answers: Answer[] = []
  let at = 0
  let interim: number[] = []
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at)
    if (end === -1) break
    const [line = '', ...rest] = bytes.toString('latin1', at, end).split('\r\n')
    const status = Number(/^HTTP\/1\.[01] (\d{3})( |$)/.exec(line)?.[1] ?? 0)
    at = end + 4
    if (status >= 100 && status < 200 && status !== 101) {
      interim.push(status)
      continue
    }
    const headers = rest.map((text): [string, string] => {
      const colon = text.indexOf(':')
      return [text.slice(0, colon).toLowerCase(), text.slice(colon + 1).trim()]
    })
    const method = methods[answers.length] ?? 'GET'
    const body = readBody(bytes, at, status, headers, method)
    answers.push({ interim, status, headers, body: body.bytes, complete: body.complete })
    interim = []
    at = body.end
  }
  return answers
}

function readBody(
  bytes: Buffer,
  at: number,
  status: number,
  headers: [string, string][],
  method: string,
): { bytes: Buffer; complete: boolean; end: number } {
  const value = (name: string) => headers.find(([key]) => key === name)?.[1]
  const rest = bytes.subarray(at)
  const nothing = method === 'HEAD' || status === 204 || status === 304
  // Whatever follows an answer that has no body, but the next answer, is a fault of the server, and shown as its body.
  if (nothing && rest.toString('latin1', 0, 9) === 'HTTP/1.1 ')
    return { bytes: EMPTY, complete: true, end: at }
  if (nothing) return { bytes: rest, complete: true, end: bytes.length }
  if (value('transfer-encoding')?.toLowerCase() === 'chunked') return readChunked(bytes, at)
  const length = value('content-length')
  if (length === undefined) return { bytes: rest, complete: true, end: bytes.length }
  const size = Number(length)
  const end = Math.min(bytes.length, at + size)
  return { bytes: bytes.subarray(at, end), complete: rest.length >= size, end }
}

function readChunked(bytes: Buffer, start: number): { bytes: Buffer; complete: boolean; end: number } {
  const parts: Buffer[] = []
  let at = start
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    const size = line === -1 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, line), 16)
    if (Number.isNaN(size)) return { bytes: Buffer.concat(parts), complete: false, end: bytes.length }
    at = line + 2
    if (size === 0) {
      const end = bytes.indexOf('\r\n', at)
      return { bytes: Buffer.concat(parts), complete: end !== -1, end: end === -1 ? bytes.length : end + 2 }
    }
    parts.push(bytes.subarray(at, at + size))
    if (at + size + 2 > bytes.length)
      return { bytes: Buffer.concat(parts), complete: false, end: bytes.length }
    at += size + 2
  }
}
