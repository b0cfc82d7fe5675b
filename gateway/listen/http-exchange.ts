// The Exchange of an HTTP request: node:http's message and response in front of the dispatcher.

import type { IncomingMessage, ServerResponse } from 'node:http'
import { PosternError } from '../../errors.ts'
import type { BodyMode, BodySink, Exchange } from '../exchange.ts'
import { lent } from '../lent.ts'
import { DISCARD_LIMIT, HELD_BODY_LIMIT, INLINE_BODY_LIMIT } from '../protocol/limits.ts'
import { readVariable } from '../protocol/marshal.ts'
import { writeRefusal } from '../protocol/refusal.ts'
import { isBodiless, statusOf } from '../protocol/status.ts'
import { BodyQueue } from './body-queue.ts'
import type { Gate } from './gate.ts'
import type { HttpConnection } from './http.ts'
import { readResponseHead, writeHttpEnviron } from './http-head.ts'

/** Smaller bodies are copied; larger ones keep the memory they were read into. */
const COPY_LIMIT = 16_384

export class HttpExchange implements Exchange {
  environ: Buffer
  bodyMode: BodyMode = 'none'
  inlineBody: Buffer | undefined = undefined
  bodyLength: number
  readonly costKey: number
  readonly arrivedAt = performance.now()
  onGone: (() => void) | undefined = undefined
  onDrain: (() => void) | undefined = undefined

  private readonly connection: HttpConnection
  private readonly gate: Gate
  private readonly request: IncomingMessage
  private readonly response: ServerResponse
  private readonly isHead: boolean
  /** The client waits for `100 Continue` and may never send its body without it. */
  private awaitsContinue: boolean
  private sink: BodySink | undefined = undefined
  private submitted = false
  private readonly held = new BodyQueue()
  private received = 0
  private discarded = 0
  private bodiless = false
  private over = false
  private hasDrain = false
  private id = ''

  constructor(
    connection: HttpConnection,
    request: IncomingMessage,
    response: ServerResponse,
    environ: Buffer,
    awaitsContinue: boolean,
  ) {
    const { gate } = connection
    this.connection = connection
    this.gate = gate
    this.request = request
    this.response = response
    this.environ = environ
    this.awaitsContinue = awaitsContinue
    this.isHead = gate.writer.isHead
    this.costKey = gate.writer.costKey
    this.bodyLength =
      request.headers['transfer-encoding'] === undefined ? Math.max(0, gate.writer.contentLength) : -1
    response.on('close', () => this.closed())
  }

  get method(): string {
    return this.request.method ?? ''
  }
  get uri(): string {
    return readVariable(this.environ, 'REQUEST_URI') ?? ''
  }
  get requestId(): string {
    this.id ||= readVariable(this.environ, 'POSTERN_REQUEST_ID') ?? ''
    return this.id
  }
  get remoteAddr(): string {
    return readVariable(this.environ, 'REMOTE_ADDR') ?? ''
  }
  variable(name: string): string | undefined {
    return readVariable(this.environ, name)
  }

  /** Hands the request over as soon as enough of it is here: a small body is waited for, a large one streams. */
  start(): void {
    if (this.over) return
    const { request, bodyLength } = this
    const limit = this.gate.limits.body
    if (limit > 0 && bodyLength > limit) {
      this.fail(new PosternError('REQUEST_BODY_TOO_LARGE', { limit }))
      return
    }
    if (bodyLength === 0) {
      this.held.heardEnd = true
      this.submit()
      return
    }
    this.connection.receiving = this
    this.connection.touch()
    request.on('data', (bytes: Buffer) => this.heardBody(bytes))
    request.on('end', () => this.heardBodyEnd())
    if (bodyLength > INLINE_BODY_LIMIT || this.awaitsContinue) this.stream()
  }

  private stream(): void {
    this.bodyMode = 'stream'
    if (this.awaitsContinue) this.connection.idle()
    this.submit()
  }

  private submit(): void {
    this.submitted = true
    this.gate.counts.requests++
    this.gate.dispatch.submit(this)
  }

  private heardBody(bytes: Buffer): void {
    if (this.over) {
      this.discarded += bytes.length
      if (this.discarded > DISCARD_LIMIT) this.connection.destroy()
      return
    }
    this.connection.touch()
    this.awaitsContinue = false
    this.received += bytes.length
    const limit = this.gate.limits.body
    if (limit > 0 && this.received > limit) {
      this.fail(new PosternError('REQUEST_BODY_TOO_LARGE', { limit }))
      return
    }
    this.held.push(bytes)
    if (this.received === this.bodyLength) {
      this.heardBodyEnd()
      return
    }
    if (!this.submitted) {
      if (this.received > INLINE_BODY_LIMIT) this.stream()
      return
    }
    this.flow()
    if (this.held.length > HELD_BODY_LIMIT) this.pause()
  }

  private heardBodyEnd(): void {
    if (this.held.heardEnd) return
    this.held.heardEnd = true
    if (this.connection.receiving === this) this.connection.receiving = undefined
    this.connection.idle()
    if (this.over) return
    if (this.submitted) this.flow()
    else {
      if (this.bodyLength < 0) {
        // A small chunked body is decoded before anybody sees it: applications that know Content-Length only can read it.
        this.bodyLength = this.received
        this.environ = writeHttpEnviron(this.gate.writer, this.request, this.received)
      }
      if (this.received > 0) {
        this.bodyMode = 'inline'
        this.inlineBody = this.held.take()
      }
      this.submit()
    }
  }

  startBody(sink: BodySink): void {
    this.sink = sink
    this.flow()
  }

  resumeBody(): void {
    this.flow()
  }

  private flow(): void {
    if (this.sink === undefined || this.held.toldEnd) return
    if (!this.held.flow(this.sink)) this.pause()
    else if (this.request.isPaused()) {
      this.connection.touch()
      this.request.resume()
    }
  }

  private pause(): void {
    this.connection.idle()
    this.request.pause()
  }

  discardBody(): void {
    this.sink = undefined
    this.held.clear()
    if (!this.held.heardEnd) this.request.resume()
  }

  respond(head: Buffer, body: Buffer | undefined, end: boolean): boolean {
    if (this.over || this.response.headersSent) return true
    const status = statusOf(head)
    const { reason, headers } = readResponseHead(head, status === 204 ? 'content-length' : undefined)
    this.bodiless = this.isHead || isBodiless(status)
    this.writeHead(status, reason, headers, end)
    return this.write(this.bodiless ? undefined : body, end)
  }

  private writeHead(status: number, reason: string, headers: string[], end: boolean): void {
    const { response } = this
    if (this.gate.draining || (this.awaitsContinue && !this.held.heardEnd)) response.shouldKeepAlive = false
    if (end && !this.held.heardEnd && this.bodyLength > DISCARD_LIMIT) this.connection.closeGently(response)
    response.writeHead(status, reason, headers)
  }

  more(body: Buffer, end: boolean): boolean {
    if (this.over) return true
    return this.write(this.bodiless ? undefined : body, end)
  }

  private write(given: Buffer | undefined, end: boolean): boolean {
    const { response } = this
    // node:http writes in the next tick, when lent memory is somebody else's again.
    const body = given !== undefined && given.length <= COPY_LIMIT ? Buffer.from(given) : given
    if (body === given) lent.kept = true
    if (end) {
      this.finish()
      if (body === undefined) response.end()
      else response.end(body)
      return true
    }
    if (body === undefined || body.length === 0) {
      // Headers go out now: the application may take its time with the body.
      response.flushHeaders()
      return true
    }
    if (response.write(body)) return true
    this.connection.touch()
    if (!this.hasDrain) {
      this.hasDrain = true
      response.on('drain', () => {
        this.connection.idle()
        this.onDrain?.()
      })
    }
    return false
  }

  /** The answer is complete; what still comes of the body is dropped by heardBody. */
  private finish(): void {
    this.over = true
    this.sink = undefined
    this.held.clear()
    if (!this.held.heardEnd) {
      this.connection.touch()
      this.request.resume()
    } else this.connection.idle()
  }

  inform(head: Buffer): void {
    if (this.over || this.response.headersSent || this.request.httpVersion !== '1.1') return
    if (statusOf(head) === 100) {
      if (!this.awaitsContinue) return
      this.awaitsContinue = false
      this.connection.touch()
      this.response.writeContinue()
      return
    }
    // nginx before 1.29 takes a 103 for the answer; whoever forwards for others gets none.
    const { headers } = this.request
    if (headers['x-forwarded-for'] ?? headers['x-real-ip'] ?? headers.via) return
    const links: string[] = []
    const early = readResponseHead(head).headers
    for (let i = 0; i < early.length; i += 2) {
      if (early[i]?.toLowerCase() === 'link') links.push(early[i + 1] as string)
    }
    if (links.length > 0) this.response.writeEarlyHints({ link: links })
  }

  abort(_reason: string): void {
    if (this.over) return
    this.over = true
    this.sink = undefined
    this.connection.reset()
  }

  refuse(error: PosternError, retryAfterSeconds?: number): void {
    if (this.over) return
    if (this.response.headersSent) {
      this.abort(error.message)
      return
    }
    const refusal = writeRefusal(error, retryAfterSeconds)
    const { status, reason, headers } = readResponseHead(refusal.head)
    this.writeHead(status, reason, headers, true)
    this.write(this.isHead ? undefined : refusal.body, true)
  }

  /** The body cannot be completed. Who has not begun to answer is answered for. */
  fail(error: PosternError): void {
    if (this.over) return
    this.gate.warnPeer(error, 'http', this.connection.remote)
    if (this.connection.receiving === this) this.connection.receiving = undefined
    const { sink } = this
    this.sink = undefined
    this.connection.closeGently(this.response)
    if (sink !== undefined || this.response.headersSent) {
      // What still comes is dropped: the application has an OSError, and answers as it likes.
      this.held.clear()
      this.request.removeAllListeners('data')
      this.request.resume()
      this.connection.idle()
      sink?.bodyFailed(error.message)
      return
    }
    const gone = this.submitted ? this.onGone : undefined
    this.refuse(error)
    gone?.()
  }

  private closed(): void {
    if (this.connection.receiving === this) this.connection.receiving = undefined
    if (this.over) return
    this.over = true
    const { sink } = this
    this.sink = undefined
    this.held.clear()
    if (!this.submitted) return
    this.gate.counts.gone++
    if (!this.held.toldEnd) sink?.bodyFailed('the client left')
    this.onGone?.()
  }
}
