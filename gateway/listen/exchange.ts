// The Exchange of a FastCGI or uwsgi request: a small object per request in front of its connection.
// After its end it lets go of the connection, so that a late call can never reach the next request.

import type { PosternError } from '../../errors.ts'
import type { BodyMode, BodySink, DirectConnection, Exchange } from '../exchange.ts'
import { readVariable } from '../protocol/marshal.ts'
import type { Link } from './link.ts'
import { requestIdOf } from './request-id.ts'

export class LinkExchange implements Exchange {
  readonly environ: Buffer
  bodyMode: BodyMode = 'none'
  inlineBody: Buffer | undefined = undefined
  readonly bodyLength: number
  readonly costKey: number
  readonly arrivedAt: number
  readonly isHead: boolean
  onGone: (() => void) | undefined = undefined
  onDrain: (() => void) | undefined = undefined
  follower: { peerHasAll(): void } | undefined = undefined

  /** Undefined: over. */
  link: Link | undefined
  sink: BodySink | undefined = undefined
  headSent = false
  /** HEAD, 204, 304: body bytes are counted as sent and dropped. */
  bodiless = false
  private id = ''

  constructor(
    link: Link,
    environ: Buffer,
    bodyLength: number,
    costKey: number,
    isHead: boolean,
    arrivedAt: number,
  ) {
    this.link = link
    this.environ = environ
    this.bodyLength = bodyLength
    this.costKey = costKey
    this.isHead = isHead
    this.arrivedAt = arrivedAt
  }

  get method(): string {
    return readVariable(this.environ, 'REQUEST_METHOD') ?? ''
  }

  get uri(): string {
    return readVariable(this.environ, 'REQUEST_URI') ?? readVariable(this.environ, 'PATH_INFO') ?? ''
  }

  get requestId(): string {
    if (this.id === '') {
      this.id = requestIdOf((name) => readVariable(this.environ, name))
    }
    return this.id
  }

  get remoteAddr(): string {
    return readVariable(this.environ, 'REMOTE_ADDR') ?? ''
  }

  variable(name: string): string | undefined {
    return readVariable(this.environ, name)
  }

  startBody(sink: BodySink): void {
    this.sink = sink
    this.link?.flowBody(this)
  }

  resumeBody(): void {
    this.link?.flowBody(this)
  }

  discardBody(): void {
    this.sink = undefined
    this.link?.discardBody()
  }

  respond(head: Buffer, body: Buffer | undefined, end: boolean): boolean {
    if (this.link === undefined || this.headSent) return true
    this.headSent = true
    return this.link.respond(this, head, body, end)
  }

  respondWhole(bytes: Buffer, from: number, to: number): boolean {
    if (this.link === undefined || this.headSent || this.isHead) return false
    if (!this.link.respondWhole(bytes, from, to)) return false
    this.headSent = true
    return true
  }

  get direct(): DirectConnection | undefined {
    return this.link?.offered
  }

  rest(bytes: Buffer): boolean {
    this.headSent = true
    return this.link === undefined ? true : this.link.rest(bytes)
  }

  answered(): void {
    this.headSent = true
    this.link?.answeredDirectly()
  }

  more(body: Buffer, end: boolean): boolean {
    if (this.link === undefined) return true
    return this.link.more(this, body, end)
  }

  /** Neither FastCGI nor uwsgi has room for an interim response. */
  inform(_head: Buffer): void {}

  abort(reason: string): void {
    this.link?.abort(this, reason)
  }

  refuse(error: PosternError, retryAfterSeconds?: number): void {
    if (this.link === undefined) return
    if (this.headSent) this.link.abort(this, error.message)
    else this.link.refuse(this, error, retryAfterSeconds)
  }
}
