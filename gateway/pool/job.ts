// One request on its way through the pool: which lane has it, since when, and what came back so far.
// Knows the exchange it serves; must not know sockets or processes.

import type { BodySink, Exchange } from '../exchange.ts'

/** Where a job's body frames go; the lane that runs it. */
export interface BodyLane {
  writeBody(job: Job, bytes: Buffer, end: boolean): boolean
  writeBodyFailed(job: Job, reason: string): void
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
  /** The head has been passed on: from here on only `more` and `abort` are possible. */
  answered = false
  /** The end of the request body was passed on, or there is none. */
  bodyDone: boolean
  /** The body has begun to flow to the lane: from here on the request can run nowhere else. */
  bodyTouched = false
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

  body(bytes: Buffer, end: boolean): boolean {
    if (end) this.bodyDone = true
    return this.lane === undefined ? true : this.lane.writeBody(this, bytes, end)
  }

  bodyFailed(reason: string): void {
    this.bodyDone = true
    this.lane?.writeBodyFailed(this, reason)
  }
}
