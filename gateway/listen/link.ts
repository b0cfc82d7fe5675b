// One connection of a binary protocol: bytes -> exchange -> dispatcher, and the answer back to the socket. Bodies, limits,
// back-pressure and the ways a connection ends are here; framing is in fastcgi-link.ts and uwsgi-link.ts.

import type { Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import type { DirectConnection } from '../exchange.ts'
import { keepUnsent, lent } from '../lent.ts'
import type { Hearer } from '../protocol/hearer.ts'
import { DISCARD_LIMIT, HELD_BODY_LIMIT, INLINE_BODY_LIMIT, SMALL_ANSWER_LIMIT } from '../protocol/limits.ts'
import { writeRefusal } from '../protocol/refusal.ts'
import { isBodiless, statusAt, statusOf, withoutHeader } from '../protocol/status.ts'
import { readInto } from '../read-into.ts'
import { descriptorOf } from '../write-now.ts'
import { BodyQueue } from './body-queue.ts'
import { LinkExchange } from './exchange.ts'
import type { Gate, Kept } from './gate.ts'

const EMPTY = Buffer.alloc(0)
/** What one read of a streaming body may bring. */
const OWN_SIZE = 131_072
/** What one read may bring. Requests are taken out of it before the next read. */
const shared = Buffer.allocUnsafeSlow(65_536)

export abstract class Link implements Hearer, Kept {
  deadline: number
  protected readonly socket: Socket
  protected readonly gate: Gate
  /** For small answers; see scratch.ts. */
  protected readonly fd: number
  /** Where workers may answer; see direct.ts. */
  direct: DirectConnection | undefined = undefined
  /** The request being heard or answered. */
  protected current: LinkExchange | undefined = undefined
  private submitted = false
  private readonly held = new BodyQueue()
  private received = 0
  private collected: Buffer | undefined = undefined
  private discarded = 0
  /** No further request on this connection. */
  protected closing = false
  private over = false
  /** Bytes come in the buffer that all links read into: what is kept must be copied. */
  private readonly shares: boolean
  /** While a body streams, this link reads into a buffer of its own, and lends it on. */
  private own: Buffer | undefined = undefined
  /** Body bytes of this read, moved together in `own`: one frame for the worker, whatever records they came in. */
  private gatheredFrom = 0
  private gatheredTo = 0

  constructor(socket: Socket, gate: Gate) {
    this.socket = socket
    this.gate = gate
    this.fd = descriptorOf(socket)
    this.deadline = gate.now + gate.limits.headMs
    gate.enter(this)
    ;(socket as LinkSocket).link = this
    this.shares = readInto(
      socket,
      shared,
      (length, buffer) => this.receive(buffer, length),
      () => this.nextBuffer(),
    )
    if (!this.shares) socket.on('data', onData)
    socket.on('drain', onDrain)
    socket.on('end', onEnd)
    socket.on('close', onClose)
    socket.on('error', onError)
  }

  protected abstract readonly protocol: 'fastcgi' | 'uwsgi'
  protected abstract read(bytes: Buffer, end: number): void
  protected abstract readHead(source: Buffer, from: number, to: number): void
  /** Writes the whole or the beginning of a response. */
  protected abstract writeHead(head: Buffer, body: Buffer, end: boolean): void
  /** The same for a whole response that lies in one piece, `bytes[from, to)`; false if it is to come by `writeHead`. */
  protected writeWhole(_bytes: Buffer, _from: number, _to: number): boolean {
    return false
  }
  protected abstract writeBody(body: Buffer, end: boolean): void
  /** Whether the connection may take another request after this answer. */
  protected abstract finished(): boolean
  /** Part of a request has been heard. */
  protected abstract get isHearing(): boolean
  /** The peer marks the end of a body itself, so `no body` is known only then. */
  protected abstract readonly hasBodyEnd: boolean
  /** Enough has been heard that an answer would be understood. */
  protected abstract get canAnswer(): boolean
  /** Not while draining: a worker's answer would not tell the peer that nothing more may be sent here (docs/decisions/0182). */
  get offered(): DirectConnection | undefined {
    return this.gate.draining ? undefined : this.direct
  }

  /** The request that was heard may be answered by a worker itself. */
  protected admitDirect(): void {}
  /** What came begins the next request: the peer has the answer to this one. */
  protected beginsNext(_bytes: Buffer, _length: number): boolean {
    return false
  }

  /** What came: `bytes[0, length)`, good until this returns. */
  receive(bytes: Buffer, length: number): void {
    if (this.over) return
    if (this.closing && this.current === undefined) {
      this.discard(length)
      return
    }
    const { current } = this
    if (current?.follower !== undefined && this.held.heardEnd && this.beginsNext(bytes, length)) {
      const { follower } = current
      this.answeredDirectly()
      follower.peerHasAll()
    }
    lent.kept = false
    this.gatheredTo = 0
    try {
      this.read(bytes, length)
      if (this.gatheredTo > 0) this.deliverGathered()
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      this.failRequest(error)
    }
    if (this.current === undefined && !this.closing) {
      this.deadline = this.gate.now + (this.isHearing ? this.gate.limits.headMs : this.gate.limits.idleMs)
    }
  }

  heardHead(source: Buffer, from: number, to: number): void {
    const { gate } = this
    const { writer } = gate
    let environ: Buffer
    try {
      writer.begin(source, to - from, this.protocol)
      this.readHead(source, from, to)
      environ = writer.finish()
      if (gate.limits.body > 0 && writer.contentLength > gate.limits.body) {
        throw new PosternError('REQUEST_BODY_TOO_LARGE', { limit: gate.limits.body })
      }
    } catch (error) {
      if (!(error instanceof PosternError) || !this.hasBodyEnd) throw error
      this.heardBadHead(error)
      return
    }
    const length = writer.hasBodyFile ? 0 : writer.contentLength
    const exchange = new LinkExchange(
      this,
      environ,
      length < 0 && !this.hasBodyEnd ? 0 : length,
      writer.costKey,
      writer.isHead,
      performance.now(),
    )
    this.current = exchange
    this.submitted = false
    this.received = 0
    this.held.heardEnd = false
    this.held.toldEnd = false
    this.discarded = 0
    gate.counts.requests++
    if (length <= 0) {
      if (!this.hasBodyEnd) {
        this.held.heardEnd = true
        this.submit(exchange)
      } else this.deadline = gate.now + gate.limits.bodyMs
    } else if (length <= INLINE_BODY_LIMIT) {
      this.deadline = gate.now + gate.limits.bodyMs
    } else {
      exchange.bodyMode = 'stream'
      this.deadline = gate.now + gate.limits.bodyMs
      this.submit(exchange)
    }
  }

  /**
   * A request that can be answered but not run. The connection goes on where its framing is whole: nginx may have the next
   * request on it already, and a POST that meets a close is a 502.
   */
  heardBadHead(error: PosternError): void {
    this.gate.warnPeer(error, this.protocol, this.remote)
    this.held.heardEnd = false
    this.discarded = 0
    const refusal = writeRefusal(error)
    this.writeHead(refusal.head, refusal.body, true)
    this.finish()
  }

  private submit(exchange: LinkExchange): void {
    this.submitted = true
    if (this.held.heardEnd) {
      this.deadline = Number.POSITIVE_INFINITY
      this.admitDirect()
    }
    this.gate.dispatch.submit(exchange)
  }

  heardBody(bytes: Buffer): void {
    const exchange = this.current
    if (exchange === undefined || this.held.heardEnd) {
      this.discard(bytes.length)
      return
    }
    const length = exchange.bodyLength
    this.deadline = this.gate.now + this.gate.limits.bodyMs
    this.received += bytes.length
    if (length >= 0 && this.received > length) {
      if (this.hasBodyEnd) throw new PosternError('REQUEST_BODY_LONG', { expected: length })
      bytes = bytes.subarray(0, bytes.length - (this.received - length))
      this.received = length
    }
    const limit = this.gate.limits.body
    if (limit > 0 && this.received > limit) throw new PosternError('REQUEST_BODY_TOO_LARGE', { limit })
    const isOwn = this.own !== undefined && bytes.buffer === this.own.buffer
    if (this.shares && !(isOwn && this.submitted)) bytes = Buffer.from(bytes)
    if (this.submitted) {
      if (isOwn) this.gather(this.own as Buffer, bytes)
      else this.deliver(exchange, bytes)
    } else if (length < 0) {
      // Length unknown (nginx passes a chunked upload on): it can only stream.
      exchange.bodyMode = 'stream'
      this.held.push(bytes)
      this.submit(exchange)
    } else this.collect(exchange, bytes)
    if (!this.hasBodyEnd && this.received === length) this.heardBodyEnd()
  }

  private collect(exchange: LinkExchange, bytes: Buffer): void {
    const length = exchange.bodyLength
    if (bytes.length === length) {
      this.collected = bytes
      return
    }
    this.collected ??= Buffer.allocUnsafe(length)
    bytes.copy(this.collected, this.received - bytes.length)
  }

  heardBodyEnd(): void {
    const exchange = this.current
    if (exchange === undefined || this.held.heardEnd) return
    const expected = exchange.bodyLength
    const { received } = this
    if (expected > received) throw new PosternError('REQUEST_BODY_SHORT', { expected, received })
    this.held.heardEnd = true
    this.deadline = Number.POSITIVE_INFINITY
    if (this.gatheredTo > 0) this.deliverGathered()
    else if (!this.submitted) {
      if (this.collected !== undefined) {
        exchange.bodyMode = 'inline'
        exchange.inlineBody = this.collected
        this.collected = undefined
      }
      this.submit(exchange)
    } else this.flowBody(exchange)
  }

  heardAbort(): void {
    this.leave()
    this.close()
  }

  say(bytes: Buffer): void {
    this.socket.write(bytes)
  }

  private gather(own: Buffer, bytes: Buffer): void {
    const from = bytes.byteOffset - own.byteOffset
    if (this.gatheredTo === 0) {
      this.gatheredFrom = from
      this.gatheredTo = from + bytes.length
      return
    }
    // The record headers in between have been read.
    own.copyWithin(this.gatheredTo, from, from + bytes.length)
    this.gatheredTo += bytes.length
  }

  private deliverGathered(): void {
    const bytes = (this.own as Buffer).subarray(this.gatheredFrom, this.gatheredTo)
    this.gatheredTo = 0
    const exchange = this.current
    if (exchange === undefined) return
    this.deliver(exchange, bytes)
    if (this.held.length > 0) lent.kept = true
  }

  /** Which buffer the next read goes to; undefined: the same. */
  private nextBuffer(): Buffer | undefined {
    const exchange = this.current
    if (exchange === undefined || exchange.bodyMode !== 'stream' || this.held.heardEnd) {
      if (this.own === undefined) return undefined
      this.own = undefined
      return shared
    }
    if (this.own !== undefined && !lent.kept) return undefined
    this.own = Buffer.allocUnsafeSlow(OWN_SIZE)
    return this.own
  }

  private deliver(exchange: LinkExchange, bytes: Buffer): void {
    this.held.push(bytes)
    this.flowBody(exchange)
    if (this.held.length > HELD_BODY_LIMIT) this.pause()
  }

  /** Passes on what is held, as far as the worker takes it. */
  flowBody(exchange: LinkExchange): void {
    if (exchange !== this.current || exchange.sink === undefined || this.held.toldEnd) return
    if (!this.held.flow(exchange.sink)) this.pause()
    else if (this.socket.isPaused()) {
      if (!this.held.heardEnd) this.deadline = this.gate.now + this.gate.limits.bodyMs
      this.socket.resume()
    }
  }

  private pause(): void {
    this.deadline = Number.POSITIVE_INFINITY
    this.socket.pause()
  }

  discardBody(): void {
    this.discarded += this.held.length
    this.held.clear()
    if (this.socket.isPaused()) this.socket.resume()
  }

  private discard(length: number): void {
    this.discarded += length
    if (this.discarded > DISCARD_LIMIT) this.destroy()
  }

  respond(exchange: LinkExchange, head: Buffer, body: Buffer | undefined, end: boolean): boolean {
    const status = statusOf(head)
    let given = body ?? EMPTY
    if (exchange.isHead || isBodiless(status)) {
      exchange.bodiless = true
      given = EMPTY
      if (status === 204) head = withoutHeader(head, 'Content-Length')
    }
    if (this.direct !== undefined && given.length > SMALL_ANSWER_LIMIT) this.direct.carried += given.length
    this.writeHead(head, given, end)
    return this.wrote(end)
  }

  /** A whole response with a body, in one write, if the protocol can. False: nothing has happened. */
  respondWhole(bytes: Buffer, from: number, to: number): boolean {
    if (isBodiless(statusAt(bytes, from)) || !this.writeWhole(bytes, from, to)) return false
    this.finish()
    return true
  }

  more(exchange: LinkExchange, body: Buffer, end: boolean): boolean {
    if (this.direct !== undefined) this.direct.carried += body.length
    if (exchange.bodiless) {
      if (end) this.writeBody(EMPTY, true)
    } else this.writeBody(body, end)
    return this.wrote(end)
  }

  private wrote(end: boolean): boolean {
    if (end) this.finish()
    if (!this.socket.writableNeedDrain) return true
    if (!end) this.deadline = this.gate.now + this.gate.limits.bodyMs
    return false
  }

  /** As `more`, of what a worker has begun on this connection. */
  rest(bytes: Buffer): boolean {
    if (bytes.length > 0) {
      this.socket.write(bytes)
      keepUnsent(this.socket)
    }
    return this.wrote(false)
  }

  /** A worker has written the whole answer. While draining nginx may be using the connection again: it goes on. */
  answeredDirectly(): void {
    const exchange = this.current
    if (exchange !== undefined) this.forget(exchange)
    if (this.finished() && !this.closing && !this.gate.isClosing) this.awaitNext()
    else this.close()
  }

  abort(exchange: LinkExchange, _reason: string): void {
    this.forget(exchange)
    this.destroy()
  }

  refuse(exchange: LinkExchange, error: PosternError, retryAfterSeconds: number | undefined): void {
    // A worker that still runs may be about to answer here: whatever it writes comes too late then.
    if (exchange.follower !== undefined) this.closing = true
    const refusal = writeRefusal(error, retryAfterSeconds)
    this.writeHead(refusal.head, refusal.body, true)
    this.finish()
  }

  /** The request cannot be heard to its end: answers it if nobody has begun to, and closes. */
  private failRequest(error: PosternError): void {
    this.gate.warnPeer(error, this.protocol, this.remote)
    this.closing = true
    this.held.heardEnd = false
    const exchange = this.current
    const sink = exchange?.sink
    if (exchange !== undefined && this.submitted && (sink !== undefined || exchange.headSent)) {
      // The application runs: it hears an OSError and answers as it likes; then the connection closes.
      exchange.sink = undefined
      this.deadline = Number.POSITIVE_INFINITY
      sink?.bodyFailed(error.message)
      return
    }
    this.leave()
    if (this.canAnswer) {
      const refusal = writeRefusal(error)
      this.writeHead(refusal.head, refusal.body, true)
    }
    this.finish()
  }

  /** The answer is complete. */
  private finish(): void {
    const exchange = this.current
    if (exchange !== undefined) this.forget(exchange)
    if (this.finished() && !this.closing && !this.gate.draining) this.awaitNext()
    else this.close()
  }

  private awaitNext(): void {
    this.deadline = this.gate.now + this.gate.limits.idleMs
    if (this.socket.isPaused()) this.socket.resume()
  }

  private forget(exchange: LinkExchange): void {
    exchange.link = undefined
    exchange.sink = undefined
    exchange.follower = undefined
    this.gatheredTo = 0
    this.current = undefined
    this.collected = undefined
    this.held.clear()
  }

  /** The peer is not there any more for the request in flight. */
  private leave(): void {
    const exchange = this.current
    if (exchange === undefined) return
    const { sink } = exchange
    const unread = !this.held.toldEnd
    this.forget(exchange)
    if (!this.submitted) return
    this.gate.counts.gone++
    if (unread) sink?.bodyFailed('the client left')
    exchange.onGone?.()
  }

  /**
   * Closes after what was written. With unread bytes of the peer in the way a plain close would reset the connection and
   * take the answer along, so the peer is waited for.
   */
  protected close(): void {
    this.closing = true
    if (this.socket.destroyed) return
    if (this.held.heardEnd) {
      if (this.socket.writableLength === 0) this.hangUp()
      else {
        this.deadline = this.gate.now + this.gate.limits.bodyMs
        this.socket.destroySoon()
      }
      return
    }
    this.deadline = this.gate.now + this.gate.limits.lingerMs
    this.socket.end()
    if (this.socket.isPaused()) this.socket.resume()
  }

  destroy(): void {
    if (this.socket.writableLength === 0) this.hangUp()
    else this.socket.destroy()
  }

  /** Closing our descriptor alone would leave the connection open as long as a worker holds another. */
  private hangUp(): void {
    if (this.direct === undefined || this.direct.holders.size === 0) this.socket.destroy()
    else this.socket.destroySoon()
  }

  expire(): void {
    this.deadline = Number.POSITIVE_INFINITY
    if (this.closing || (this.current === undefined && !this.isHearing)) {
      this.destroy()
      return
    }
    const { bodyMs, headMs } = this.gate.limits
    if (this.current?.headSent && this.socket.writableNeedDrain) {
      this.leave()
      this.destroy()
      return
    }
    if (this.current === undefined) {
      this.failRequest(new PosternError('REQUEST_HEAD_SLOW', { seconds: headMs / 1000 }))
    } else this.failRequest(new PosternError('REQUEST_BODY_SLOW', { seconds: bodyMs / 1000 }))
  }

  drain(): void {
    if (this.current === undefined && !this.isHearing) this.destroy()
  }

  get remote(): string {
    return this.socket.remoteAddress ?? 'unix'
  }

  drained(): void {
    const exchange = this.current
    if (exchange === undefined) return
    if (this.held.heardEnd) this.deadline = Number.POSITIVE_INFINITY
    exchange.onDrain?.()
  }

  ended(): void {
    if (this.isHearing && this.current === undefined && !this.closing) {
      const error = new PosternError('REQUEST_HEAD_CUT', { protocol: this.protocol })
      this.gate.warnPeer(error, this.protocol, this.remote)
    }
    this.leave()
    if (this.closing) this.socket.destroySoon()
    else this.destroy()
  }

  closed(): void {
    this.over = true
    this.leave()
    this.gate.leave(this)
    if (this.direct !== undefined) for (const holder of this.direct.holders) holder.forget(this.direct.number)
  }
}

type LinkSocket = Socket & { link: Link }

function onData(this: Socket, bytes: Buffer): void {
  ;(this as LinkSocket).link.receive(bytes, bytes.length)
}
function onDrain(this: Socket): void {
  ;(this as LinkSocket).link.drained()
}
function onEnd(this: Socket): void {
  ;(this as LinkSocket).link.ended()
}
function onClose(this: Socket): void {
  ;(this as LinkSocket).link.closed()
}
/** EPIPE and ECONNRESET: the peer left, which `close` tells next. */
function onError(this: Socket): void {}
