// HTTP connections: node:http reads and writes them; here are its limits, its refusals and the way to the exchange.
// No parser of our own faces the internet.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { type FactsOf, PosternError } from '../../errors.ts'
import { writeRefusal } from '../protocol/refusal.ts'
import type { Gate } from './gate.ts'
import { HttpConnection, type HttpSocket } from './http-connection.ts'
import { HttpExchange } from './http-exchange.ts'
import { writeHttpEnviron } from './http-head.ts'
import type { StaticMap } from './static.ts'

/** nginx keeps upstream connections for 60 s; the longer side must be ours, or a POST meets a closing socket. */
const KEEP_ALIVE_MS = 120_000

export class HttpDoor {
  private readonly gate: Gate
  private readonly server: Server
  private readonly files: StaticMap

  constructor(gate: Gate, files: StaticMap) {
    this.gate = gate
    this.files = files
    const { head, headMs } = gate.limits
    this.server = createServer({
      maxHeaderSize: head,
      headersTimeout: headMs,
      // Bodies have their own limit: time without a byte, not time in all.
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connectionsCheckingInterval: Math.min(1000, headMs / 2),
      // We look ourselves, to say what is wrong.
      requireHostHeader: false,
    })
    this.server.maxHeadersCount = 0
    // Not in @types/node; without it an answer to who half-closed is thrown away. Who left: HttpConnection.heardEnd.
    Object.assign(this.server, { httpAllowHalfOpen: true })
    this.server.on('request', (request, response) => this.take(request, response, false))
    this.server.on('checkContinue', (request, response) => this.take(request, response, true))
    this.server.on('checkExpectation', (request, response) => {
      this.turnAway(
        request,
        response,
        new PosternError('HTTP_EXPECTATION', { found: request.headers.expect ?? '' }),
      )
    })
    this.server.on('connect', (request: IncomingMessage, socket) => {
      connectionOf(socket as Socket).refuse(new PosternError('HTTP_CONNECT', { target: request.url ?? '' }))
    })
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) =>
      this.failed(error, socket as Socket),
    )
    // Its connections are handed to it, so it never listens; this starts its watch over slow heads.
    this.server.emit('listening')
  }

  /** Takes over a connection; bytes that were read have been put back. */
  accept(socket: Socket): void {
    ;(socket as HttpSocket).httpConnection = new HttpConnection(socket, this.gate)
    this.server.emit('connection', socket)
    socket.resume()
  }

  private take(request: IncomingMessage, response: ServerResponse, awaitsContinue: boolean): void {
    const connection = connectionOf(request.socket)
    let exchange: HttpExchange
    try {
      const environ = writeHttpEnviron(this.gate.writer, request, this.gate.trust)
      exchange = new HttpExchange(connection, request, response, environ, awaitsContinue)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      this.turnAway(request, response, error)
      return
    }
    let isFile = true
    const goOn = (): void => {
      isFile = connection.isServingFile = false
      connection.idle()
      exchange.start()
    }
    const before = request.socket.bytesWritten
    if (!this.files.serve(request, response, goOn)) {
      exchange.start()
      return
    }
    connection.isServingFile = true
    connection.awaitTaken()
    response.on('close', () => {
      connection.isServingFile = false
      if (isFile) this.servedFile(exchange, response, before)
    })
  }

  private servedFile(exchange: HttpExchange, response: ServerResponse, before: number): void {
    const { statusCode: status, req } = response
    const written = req.socket.bytesWritten - before
    const length = Number(response.getHeader('content-length') ?? 0)
    const bodyBytes = req.method === 'HEAD' || status === 304 ? 0 : Math.min(written, length)
    this.gate.log.file?.({ exchange, status, headBytes: written - bodyBytes, bodyBytes })
  }

  /** A request that no application will see. */
  private turnAway(request: IncomingMessage, response: ServerResponse, error: PosternError): void {
    const connection = connectionOf(request.socket)
    this.gate.warnPeer(error, 'http', connection.remote)
    connection.closeGently(response)
    const { status, head, body } = writeRefusal(error)
    response.writeHead(status, headersOf(head))
    response.end(body)
    request.resume()
  }

  private failed(error: ParseError, socket: Socket): void {
    const connection = (socket as HttpSocket).httpConnection
    if (connection === undefined || error.code === 'ECONNRESET' || error.code === 'EPIPE') {
      socket.destroy()
      return
    }
    const said = peerError(error, this.gate.limits)
    const { receiving } = connection
    if (receiving !== undefined) {
      connection.refused = true
      receiving.fail(said)
    } else if ((socket as HttpSocket)._httpMessage) {
      // An earlier request is being answered; the connection ends behind that answer.
      connection.closeGently((socket as HttpSocket)._httpMessage as ServerResponse)
      this.gate.warnPeer(said, 'http', connection.remote)
    } else connection.refuse(said)
  }

  /** Closes idle connections; the rest says `Connection: close` with its answer. */
  drain(): void {
    this.server.closeIdleConnections()
  }

  stop(): void {
    this.server.close()
  }
}

function connectionOf(socket: Socket): HttpConnection {
  return (socket as HttpSocket).httpConnection as HttpConnection
}

const headersOf = (head: Buffer): string[] =>
  head
    .toString('latin1')
    .trim()
    .split('\r\n')
    .slice(1)
    .flatMap((line) => line.split(': ') as [string, string])

type ParseError = NodeJS.ErrnoException & { reason?: string; rawPacket?: Buffer }

/** What node:http says was wrong, in our words. */
function peerError(error: ParseError, limits: { head: number; headMs: number }): PosternError {
  const other = error.rawPacket === undefined ? undefined : otherProtocol(error.rawPacket)
  if (other !== undefined) return new PosternError('HTTP_OTHER_PROTOCOL', { found: other })
  if (error.code === 'HPE_INVALID_EOF_STATE') return new PosternError('HTTP_CUT', undefined)
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    return new PosternError('REQUEST_HEAD_TOO_LARGE', { limit: limits.head })
  }
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new PosternError('REQUEST_HEAD_SLOW', { seconds: limits.headMs / 1000 })
  }
  return new PosternError('HTTP_MALFORMED', { reason: error.reason ?? error.message })
}

/** Mistakes of configuration that show in the first bytes. */
function otherProtocol(bytes: Buffer): FactsOf<'HTTP_OTHER_PROTOCOL'>['found'] | undefined {
  if (bytes[0] === 0x16 && bytes[1] === 0x03) return 'TLS'
  if (bytes.subarray(0, 14).equals(HTTP2_PREFACE)) return 'HTTP/2'
  if (bytes[0] === 0x01 && bytes[1] === 0x01) return 'FastCGI'
  return bytes[0] === 0x00 && bytes[3] === 0x00 ? 'uwsgi' : undefined
}

const HTTP2_PREFACE = Buffer.from('PRI * HTTP/2.0')
