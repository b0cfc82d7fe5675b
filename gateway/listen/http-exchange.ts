// The Exchange of an HTTP request: node:http's message and response in front of the dispatcher.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { PosternError } from '../../errors.ts'
import type { BodyMode, BodySink, Exchange } from '../exchange.ts'
import { lent } from '../lent.ts'
import { DISCARD_LIMIT } from '../protocol/limits.ts'
import { readVariable } from '../protocol/marshal.ts'
import { writeRefusal } from '../protocol/refusal.ts'
import { isBodiless, statusOf } from '../protocol/status.ts'
import type { Gate } from './gate.ts'
import { Held } from './held.ts'
import { type BodyOwner, HttpBody } from './http-body.ts'
import type { HttpConnection } from './http-connection.ts'
import { readResponseHead, writeHttpEnviron } from './http-head.ts'

/** Smaller bodies are copied; larger ones keep the memory they were read into. */
const COPY_LIMIT = 16_384

export class HttpExchange implements Exchange, BodyOwner {
  environ: Buffer
  readonly costKey: number
  /** Of a body that was waited for: its end. Waiting in the queue begins there. */
  arrivedAt = performance.now()
  onGone: (() => void) | undefined = undefined
  onDrain: (() => void) | undefined = undefined

  private readonly connection: HttpConnection
  private readonly gate: Gate
  private readonly request: IncomingMessage
  private readonly response: ServerResponse
  private readonly body: HttpBody
  private readonly isHead: boolean
  private submitted = false
  private bodiless = false
  private over = false
  private hasDrain = false
  /** The lane waits for a drain. */
  private stalled = false
  /** What the client has not taken yet. */
  private readonly held: Held
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
    this.isHead = gate.writer.isHead
    this.costKey = gate.writer.costKey
    const length =
      request.headers['transfer-encoding'] === undefined ? Math.max(0, gate.writer.contentLength) : -1
    this.body = new HttpBody(connection, request, length, awaitsContinue, this)
    this.held = new Held(gate.answerSpace)
    response.on('close', () => this.closed())
  }

  get bodyMode(): BodyMode {
    return this.body.mode
  }
  get inlineBody(): Buffer | undefined {
    return this.body.inline
  }
  get bodyLength(): number {
    return this.body.length
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

  /** Hands the request over as soon as enough of it is here. */
  start(): void {
    if (!this.over) this.body.start(() => this.response.writeContinue())
  }

  bodyReady(isCounted: boolean): void {
    // Applications that know Content-Length only can read it now, as if the client had said so.
    if (isCounted)
      this.environ = writeHttpEnviron(this.gate.writer, this.request, this.gate.trust, this.body.length)
    if (this.bodyMode !== 'none') this.arrivedAt = performance.now()
    this.submitted = true
    this.gate.counts.requests++
    this.gate.dispatch.submit(this)
  }

  startBody(sink: BodySink): void {
    this.body.give(sink)
  }

  resumeBody(): void {
    this.body.flow()
  }

  discardBody(): void {
    this.body.discard()
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
    const { hasArrived, awaitsContinue, length } = this.body
    if (this.gate.draining || (awaitsContinue && !hasArrived)) response.shouldKeepAlive = false
    if (end && !hasArrived && length > DISCARD_LIMIT) this.connection.closeGently(response)
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
      if (this.body.hasArrived) this.connection.awaitTaken()
      return true
    }
    if (body === undefined || body.length === 0) {
      // Headers go out now: the application may take its time with the body.
      response.flushHeaders()
      return true
    }
    if (response.write(body)) return true
    // A body that still arrives has its own limit, which is this connection's then.
    if (this.body.hasArrived) this.connection.awaitTaken()
    else this.connection.touch()
    this.watchDrain()
    this.stalled = !this.held.take(body.length)
    return !this.stalled
  }

  private watchDrain(): void {
    if (this.hasDrain) return
    this.hasDrain = true
    this.response.on('drain', () => {
      this.held.free()
      this.connection.idle()
      if (!this.stalled) return
      this.stalled = false
      this.onDrain?.()
    })
  }

  /** The answer is complete; what still comes of the body is dropped. */
  private finish(): void {
    this.over = true
    this.body.drop()
    if (!this.body.hasArrived) {
      this.connection.touch()
      this.request.resume()
    } else this.connection.idle()
  }

  inform(head: Buffer): void {
    if (this.over || this.response.headersSent || this.request.httpVersion !== '1.1') return
    if (statusOf(head) === 100) {
      if (!this.body.awaitsContinue) return
      this.body.awaitsContinue = false
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
    this.body.drop()
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
    this.connection.closeGently(this.response)
    if (this.body.isFlowing || this.response.headersSent) {
      // What still comes is dropped: the application has an OSError, and answers as it likes.
      this.body.cut(error.message)
      return
    }
    const gone = this.submitted ? this.onGone : undefined
    this.refuse(error)
    gone?.()
  }

  private closed(): void {
    const wasOver = this.over
    this.over = true
    this.held.free()
    const reader = this.body.drop()
    if (wasOver || !this.submitted) return
    this.gate.counts.gone++
    reader?.bodyFailed('the client left')
    this.onGone?.()
  }
}
