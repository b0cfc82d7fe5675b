// One request on its way through the pool: which lane has it, since when, and what came back so far.
// Knows the exchange it serves; must not know sockets or processes.

import type { BodySink, Exchange } from '../exchange.ts'

/** Where a job's body frames go; the lane that runs it. */
export interface BodyLane {
  writeBody(job: Job, bytes: Buffer, end: boolean): boolean
  writeBodyFailed(job: Job, reason: string): void
  peerHasAll(job: Job): void
}

/**
 * More than the sockets hold on the way to a worker that does not read. A body of which more has left is being read: its
 * request has begun.
 */
const replayLimit = 384 * 1024

/** The part of a body that a worker was sent, for the case that it dies before it begins. */
export class Replay {
  parts: Buffer[] = []
  size = 0
  isWhole = true
  /** Why the body will not be complete. */
  failure: string | undefined

  /** The bytes are lent. `waits`: there is no lane at the moment; what comes now has to be kept. */
  keep(bytes: Buffer, waits: boolean): void {
    if (!this.isWhole) return
    this.size += bytes.length
    if (this.size > replayLimit && !waits) {
      this.isWhole = false
      this.parts = []
    } else if (bytes.length > 0) this.parts.push(Buffer.from(bytes))
  }
}

export class Job implements BodySink {
  readonly exchange: Exchange
  /** Expected cost in microseconds, as judged when it was put on a lane. */
  cost = 0
  /** Its number on the lane that has it; 0 while it waits. */
  id = 0
  lane: BodyLane | undefined
  /** Monotonic milliseconds: put on a lane; 0 before. */
  sentAt = 0
  /** The client left, or the request was answered without the worker: what still comes is dropped. */
  gone = false
  /** Counted and logged; what happens to it now is nobody's business. */
  over = false
  /** The worker answered on the peer's connection itself. */
  isDirect = false
  /** Its peer went on to the next request: the answer is there, whatever the worker has still to say. */
  isWithPeer = false
  /** The head has been passed on: from here on only `more` and `abort` are possible. */
  answered = false
  /** The end of the request body was passed on, or there is none. */
  bodyDone: boolean
  /** The body has begun to flow to a lane. */
  bodyTouched = false
  /** What of it has flowed, as long as the request could still run elsewhere. */
  replay: Replay | undefined
  status = 0
  headBytes = 0
  bodyBytes = 0
  appMicros = 0
  /** JSON of the variables that the application set for the access log. */
  logvars: string | undefined

  constructor(exchange: Exchange) {
    this.exchange = exchange
    this.bodyDone = exchange.bodyMode !== 'stream'
  }

  get streamsBody(): boolean {
    return this.exchange.bodyMode === 'stream'
  }

  /** A request that was not begun can run on another lane: nothing of its body is lost. */
  get canMove(): boolean {
    return !this.answered && (!this.bodyTouched || this.replay?.isWhole === true)
  }

  peerHasAll(): void {
    this.isWithPeer = true
    this.lane?.peerHasAll(this)
  }

  body(bytes: Buffer, end: boolean): boolean {
    if (end) this.bodyDone = true
    this.replay ??= new Replay()
    this.replay.keep(bytes, this.lane === undefined)
    return this.lane === undefined ? false : this.lane.writeBody(this, bytes, end)
  }

  bodyFailed(reason: string): void {
    this.bodyDone = true
    if (this.replay !== undefined) this.replay.failure = reason
    this.lane?.writeBodyFailed(this, reason)
  }
}
