// The body of an HTTP request on its way in: a small one is waited for, one of unknown length or from afar is kept until it
// is whole, the rest passes as it comes. Counts, limits and holds; knows node:http's message and nothing of the answer.

import type { IncomingMessage } from 'node:http'
import { PosternError } from '../../errors.ts'
import type { BodyMode, BodySink } from '../exchange.ts'
import { DISCARD_LIMIT, HELD_BODY_LIMIT, INLINE_BODY_LIMIT, SPOOL_SHARE } from '../protocol/limits.ts'
import { BodyQueue } from './body-queue.ts'
import type { HttpConnection } from './http-connection.ts'
import { Spool } from './spool.ts'

export type BodyOwner = {
  /** Enough is here for a worker: mode, length and `inline` stay as they are. `isCounted`: the length was found out. */
  bodyReady(isCounted: boolean): void
  /** The body cannot be completed. */
  fail(error: PosternError): void
}

export class HttpBody {
  mode: BodyMode = 'none'
  inline: Buffer | undefined = undefined
  /** Content-Length; -1 while nobody knows. */
  length: number
  /** The client waits for `100 Continue` and may never send its body without it. */
  awaitsContinue: boolean
  private readonly connection: HttpConnection
  private readonly request: IncomingMessage
  private readonly owner: BodyOwner
  private readonly held = new BodyQueue()
  private spool: Spool | undefined = undefined
  private sink: BodySink | undefined = undefined
  private isReady = false
  /** It goes to nobody before all of it is here. */
  private isAwaited = false
  /** Nobody wants it any more. */
  private isDropped = false
  private received = 0
  private discarded = 0

  constructor(
    connection: HttpConnection,
    request: IncomingMessage,
    length: number,
    awaitsContinue: boolean,
    owner: BodyOwner,
  ) {
    this.connection = connection
    this.request = request
    this.length = length
    this.awaitsContinue = awaitsContinue
    this.owner = owner
  }

  /** All of it has arrived. */
  get hasArrived(): boolean {
    return this.held.heardEnd
  }

  /** Somebody is reading it and has not been told its end. */
  get isFlowing(): boolean {
    return this.sink !== undefined
  }

  /** `sendContinue`: says `100 Continue` at once, for a body that has to be whole before anybody asks for it. */
  start(sendContinue: () => void): void {
    const { request, connection, length } = this
    const { limits } = connection.gate
    if (limits.body > 0 && length > limits.body) {
      this.owner.fail(new PosternError('REQUEST_BODY_TOO_LARGE', { limit: limits.body }))
      return
    }
    if (length === 0) {
      this.held.heardEnd = true
      this.ready('none')
      return
    }
    connection.receiving = this.owner
    connection.touch()
    request.on('data', (bytes: Buffer) => this.heard(bytes))
    request.on('end', () => this.heardEnd())
    this.isAwaited = this.isToBeAwaited()
    if (this.isAwaited) {
      if (this.awaitsContinue) sendContinue()
      this.awaitsContinue = false
    } else if (length > INLINE_BODY_LIMIT || this.awaitsContinue) {
      if (this.awaitsContinue) connection.idle()
      this.ready('stream')
    }
  }

  /**
   * One of unknown length: applications read nothing without a length. One from a client on TCP: no worker waits for a
   * network; behind a Unix socket stands a front server, which has waited itself if it was meant to. Who asked whether to
   * send it at all is answered by the application.
   */
  private isToBeAwaited(): boolean {
    const { gate, isTcp } = this.connection
    const { limit, used } = gate.spoolSpace
    if (this.length < 0) return limit > 0
    return isTcp && !this.awaitsContinue && this.length <= Math.min(limit / SPOOL_SHARE, limit - used)
  }

  private ready(mode: BodyMode, isCounted = false): void {
    this.mode = mode
    this.isReady = true
    this.owner.bodyReady(isCounted)
  }

  private heard(bytes: Buffer): void {
    const { connection, held } = this
    if (this.isDropped) {
      this.discarded += bytes.length
      if (this.discarded > DISCARD_LIMIT) connection.destroy()
      return
    }
    connection.touch()
    this.awaitsContinue = false
    this.received += bytes.length
    const limit = connection.gate.limits.body
    if (limit > 0 && this.received > limit) {
      this.owner.fail(new PosternError('REQUEST_BODY_TOO_LARGE', { limit }))
      return
    }
    if (this.spool !== undefined) {
      if (!this.spool.write(bytes)) this.pause()
      return
    }
    held.push(bytes)
    if (this.received === this.length) this.heardEnd()
    else if (this.isReady) {
      this.flow()
      if (held.length > HELD_BODY_LIMIT) this.pause()
    } else if (this.received > INLINE_BODY_LIMIT) {
      if (this.isAwaited) this.startSpool()
      else this.ready('stream')
    }
  }

  /** Too much to hold: the rest of it and what is held go to a file. */
  private startSpool(): void {
    const { gate, remote } = this.connection
    try {
      this.spool = new Spool(gate.spoolSpace, Math.max(0, this.length), {
        drained: () => this.resume(),
        whole: () => this.readyWhole(),
        failed: (error) => this.owner.fail(error),
      })
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      if (this.length < 0) this.owner.fail(error)
      else {
        gate.warnPeer(error, 'http', remote)
        this.ready('stream')
      }
      return
    }
    if (!this.spool.write(this.held.take())) this.pause()
  }

  private heardEnd(): void {
    if (this.held.heardEnd) return
    this.held.heardEnd = true
    if (this.connection.receiving === this.owner) this.connection.receiving = undefined
    this.connection.idle()
    if (this.isDropped) return
    if (this.isReady) this.flow()
    else if (this.spool !== undefined) this.spool.end()
    else this.readyWhole()
  }

  /** All of it is here before anybody has seen any of it. */
  private readyWhole(): void {
    const isCounted = this.length < 0
    this.length = this.received
    if (this.received > INLINE_BODY_LIMIT) {
      this.ready('stream', isCounted)
      return
    }
    if (this.received > 0) this.inline = this.held.take()
    this.ready(this.inline === undefined ? 'none' : 'inline', isCounted)
  }

  /** From now on it goes to `sink`. */
  give(sink: BodySink): void {
    this.sink = sink
    this.flow()
  }

  flow(): void {
    const { sink } = this
    if (sink === undefined) return
    if (this.spool !== undefined) {
      this.spool.flow(sink)
      return
    }
    if (this.held.toldEnd) return
    if (!this.held.flow(sink)) this.pause()
    else if (this.request.isPaused()) this.resume()
  }

  private pause(): void {
    this.connection.idle()
    this.request.pause()
  }

  private resume(): void {
    if (!this.held.heardEnd) this.connection.touch()
    this.request.resume()
  }

  /** Nobody reads any more of it, but it may matter that it was read. */
  discard(): void {
    this.sink = undefined
    this.letGo()
    if (!this.held.heardEnd) this.request.resume()
  }

  /** The exchange is over; what still comes is dropped. Returns who has to be told that it failed, if anybody. */
  drop(): BodySink | undefined {
    const sink = this.held.toldEnd || this.spool?.toldEnd ? undefined : this.sink
    this.isDropped = true
    this.sink = undefined
    this.letGo()
    if (this.connection.receiving === this.owner) this.connection.receiving = undefined
    return sink
  }

  /** It failed, but the application goes on: it gets an error where it reads, and what still comes is not even counted. */
  cut(reason: string): void {
    const { sink } = this
    this.sink = undefined
    this.letGo()
    this.request.removeAllListeners('data')
    this.request.resume()
    this.connection.idle()
    sink?.bodyFailed(reason)
  }

  private letGo(): void {
    this.held.clear()
    this.spool?.close()
  }
}
