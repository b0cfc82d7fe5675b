// The queue and the rules by which lanes get requests from it. Implements Dispatch for the protocols.
// Knows lanes and jobs; must not know processes (the pool adds and removes lanes) nor bytes.

import { PosternError } from '../../errors.ts'
import type { Dispatch, Exchange } from '../exchange.ts'
import { chooseLane, isQuietAround } from './choose.ts'
import { Costs, slowMicros } from './cost.ts'
import { Fifo } from './fifo.ts'
import { GiveBack } from './give-back.ts'
import { Job } from './job.ts'
import type { Lane, LaneOwner } from './lane.ts'
import { Pump } from './pump.ts'
import { Tally } from './tally.ts'

export type DispatchLimits = { queueLimit: number; queueTimeoutMs: number }

/** What the pool wants to hear. */
export interface DispatchListener {
  laneClosed(lane: Lane): void
  /** A request is over on this lane. */
  requestDone(lane: Lane, job: Job): void
  /** A lane that is out of service has nothing left. */
  retiredIdle(lane: Lane): void
  /** Whether the worker has begun the request in front. */
  hasBegun(lane: Lane): boolean
  /** The last request that the worker answered on the peer's connection. */
  answered(lane: Lane): number
}

/** Called for every request that is over, with its answer's status. Undefined: nobody logs. */
export type OnDone = (job: Job, now: number, lane: Lane | undefined) => void

const sweepMs = 250

export class Dispatcher implements Dispatch, LaneOwner {
  readonly tally = new Tally()
  readonly lanes: Lane[] = []
  readonly limits: DispatchLimits
  onDone: OnDone | undefined
  listener: DispatchListener | undefined
  /** Set while stopping: what is new is refused, what waits is still served. */
  closing = false
  /** There is no application, and why: requests do not wait for one. */
  absent: PosternError | undefined = undefined
  #paused = false
  readonly #queue = new Fifo<Job>()
  readonly #costs = new Costs()
  #warm: Lane | undefined
  /** The latest request was the only one about. */
  #wasAlone = false
  /** Had the only request the last time, and told its worker to be quiet about it. */
  #quietLane: Lane | undefined
  readonly #pump = new Pump(
    () => this.#placeAll(),
    () => this.#queue.length,
    () => this.#warm?.jobs.length ?? 0,
  )
  readonly #giveBack = new GiveBack(this.lanes, this.tally, {
    hasBegun: (lane) => this.#hasBegun(lane),
    mayTryAgain: () => this.#pump.schedule(),
  })
  #sweepTimer: NodeJS.Timeout | undefined
  #touched: Lane[] = []

  constructor(limits: DispatchLimits) {
    this.limits = limits
  }

  get paused(): boolean {
    return this.#paused
  }

  /** Paused: requests wait in the queue, as long as the queue's own limits let them. */
  set paused(paused: boolean) {
    this.#paused = paused
    this.#pump.schedule()
  }

  get queued(): number {
    return this.#queue.length
  }

  /** Milliseconds the oldest waiting request has waited. */
  oldestWaitMs(now: number): number {
    const first = this.#queue.peek()
    return first === undefined ? 0 : now - first.exchange.arrivedAt
  }

  submit(exchange: Exchange): void {
    const job = new Job(exchange)
    this.tally.accepted += 1
    if (this.closing) this.refuse(job, new PosternError('GATEWAY_STOPPING', undefined), 1)
    else if (this.absent !== undefined) this.refuse(job, this.absent, 5)
    else if (this.#queue.length < this.limits.queueLimit) this.#enqueue(job)
    else this.#submitOverLimit(job)
  }

  #enqueue(job: Job): void {
    job.exchange.onGone = () => this.#gone(job)
    this.#queue.push(job)
    // Where requests come one by one there is no company to wait for, not even for the rest of this turn of the loop.
    if (this.#wasAlone && !job.streamsBody && this.#queue.length === 1 && isQuietAround(this.lanes))
      this.#placeAll()
    else this.#pump.schedule()
  }

  /** The queue looks full, but what came in this turn of the event loop has not been placed yet. */
  #submitOverLimit(job: Job): void {
    this.#placeAll()
    if (this.#queue.length < this.limits.queueLimit) this.#enqueue(job)
    else if (!this.#placeNow(job)) {
      this.tally.refused.queueFull += 1
      this.refuse(job, new PosternError('QUEUE_FULL', { limit: this.limits.queueLimit }), this.#retryAfter())
    }
  }

  /** Answers a request without a worker, from the error table. */
  refuse(job: Job, error: PosternError, retryAfterSeconds?: number): void {
    job.gone = true
    job.exchange.onGone = undefined
    job.status = error.status
    job.exchange.refuse(error, retryAfterSeconds)
    this.#complete(job, job.lane as Lane | undefined)
  }

  /** Puts requests that were not started back at the front of the queue. */
  requeue(jobs: Job[]): void {
    const again = jobs.filter((job) => !job.gone)
    for (const job of again) {
      job.lane = undefined
      job.id = 0
    }
    for (const job of jobs) if (job.gone) this.#leave(job)
    this.tally.requeued += again.length
    this.#queue.putBack(again)
    this.#pump.schedule()
  }

  addLane(lane: Lane): void {
    this.lanes.push(lane)
    this.#pump.schedule()
  }

  finished(lane: Lane, job: Job, micros: number): void {
    this.#costs.learn(job.exchange.costKey, micros)
    this.tally.appTime.add(micros)
    job.appMicros = micros
    job.exchange.onGone = undefined
    if (job.gone) this.#leave(job)
    else this.#complete(job, lane)
    this.listener?.requestDone(lane, job)
  }

  gaveBack(lane: Lane, jobs: Job[]): void {
    const [running] = lane.jobs
    if (running !== undefined) this.#costs.brand(running.exchange.costKey)
    else if (lane.headSince < lane.askedAt) this.#giveBack.stall(lane, performance.now())
    this.requeue(jobs.filter((job) => !job.bodyTouched || job.gone))
    for (const job of jobs) {
      if (!job.bodyTouched || job.gone) continue
      const reason = 'it gave back a request whose body was under way'
      this.refuse(job, new PosternError('LANE_BROKEN', { reason }))
    }
  }

  progressed(lane: Lane): void {
    if (lane.retired && lane.idle) this.listener?.retiredIdle(lane)
    if (lane.retired || this.#queue.length > 0) this.#pump.schedule()
  }

  closed(lane: Lane): void {
    this.retire(lane)
    this.listener?.laneClosed(lane)
  }

  /** Takes a lane out of service: nothing new is put on it. */
  retire(lane: Lane): void {
    lane.retired = true
    const at = this.lanes.indexOf(lane)
    if (at !== -1) this.lanes.splice(at, 1)
    if (this.#warm === lane) this.#warm = undefined
  }

  /** Nothing waits and nothing runs. */
  get quiet(): boolean {
    return this.#queue.length === 0 && this.lanes.every((lane) => lane.idle)
  }

  /** Refuses everything that still waits (stopping, or nobody will ever serve it). */
  refuseAll(error: () => PosternError): void {
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift())
      this.refuse(job, error(), 1)
  }

  stop(): void {
    this.#giveBack.stop()
    clearTimeout(this.#sweepTimer)
  }

  #placeAll(): void {
    this.#settleQuiet()
    const now = performance.now()
    for (let job = this.#queue.peek(); job !== undefined; job = this.#queue.peek()) {
      if (!this.#place(job, now)) break
      this.#queue.shift()
    }
    this.#flush()
    if (this.#queue.length > 0 && this.#sweepTimer === undefined) {
      this.#sweepTimer = setTimeout(this.#sweep, sweepMs)
    }
  }

  #flush(): void {
    const touched = this.#touched
    if (touched.length === 0) return
    this.#touched = []
    const [first] = touched as [Lane]
    this.#wasAlone =
      touched.length === 1 &&
      first.jobs.length === 1 &&
      this.#queue.length === 0 &&
      isQuietAround(this.lanes, first)
    for (const lane of touched) lane.flush(this.#wasAlone && this.onDone === undefined)
    if (first.quietJob !== undefined) this.#quietLane = first
  }

  /** Before others come, it has to be known whether the only request is answered. */
  #settleQuiet(): void {
    const lane = this.#quietLane
    this.#quietLane = undefined
    if (lane?.quietJob !== undefined && lane.open) this.#askFile(lane)
  }

  #askFile(lane: Lane): void {
    lane.heardAnswered(this.listener?.answered(lane) ?? 0)
  }

  #hasBegun(lane: Lane): boolean {
    if (lane.quietJob !== undefined) this.#askFile(lane)
    return lane.jobs.length === 0 || this.listener?.hasBegun(lane) !== false
  }

  #placeNow(job: Job): boolean {
    if (!this.#place(job, performance.now())) return false
    job.exchange.onGone = () => this.#gone(job)
    this.#flush()
    return true
  }

  #place(job: Job, now: number): boolean {
    if (this.#paused) return false
    const cost = this.#costs.expect(job.exchange.costKey)
    const lane = chooseLane(this.lanes, this.#warm, cost, job.streamsBody)
    if (lane === undefined) return false
    job.cost = cost
    if (lane.put(job, now)) this.#touched.push(lane)
    this.tally.queueWait.add((now - job.exchange.arrivedAt) * 1000)
    if (job.streamsBody || cost >= slowMicros) lane.exclusive = true
    else this.#warm = lane
    this.#giveBack.watch(lane)
    return true
  }

  readonly #sweep = (): void => {
    this.#sweepTimer = undefined
    const now = performance.now()
    const limit = this.limits.queueTimeoutMs
    for (let job = this.#queue.peek(); job !== undefined; job = this.#queue.peek()) {
      if (limit === 0 || now - job.exchange.arrivedAt < limit) break
      this.#queue.shift()
      this.tally.refused.queueTimeout += 1
      this.refuse(job, new PosternError('QUEUE_TIMEOUT', { seconds: limit / 1000 }), this.#retryAfter())
    }
    if (this.#queue.length > 0) this.#sweepTimer = setTimeout(this.#sweep, sweepMs)
  }

  #gone(job: Job): void {
    if (job.gone) return
    job.exchange.onGone = undefined
    if (job.lane !== undefined) {
      const lane = job.lane as Lane
      // A peer that closes a kept connection has not left: it has what it asked for.
      if (lane.quietJob === job) this.#askFile(lane)
      if (job.isWithPeer) return
      lane.cancel(job)
      if (!lane.jobs.includes(job)) this.#leave(job)
    } else if (this.#queue.remove(job)) {
      job.gone = true
      this.#leave(job)
    }
  }

  /** Over without an answer: the client had left. */
  #leave(job: Job): void {
    if (job.over) return
    job.over = true
    this.tally.clientsGone += 1
    if (job.status === 0) job.status = 499
    this.onDone?.(job, performance.now(), job.lane as Lane | undefined)
  }

  #complete(job: Job, lane: Lane | undefined): void {
    if (job.over) return
    job.over = true
    const tally = this.tally
    tally.finished += 1
    if (job.isDirect) tally.directAnswers += 1
    const kind = (job.status / 100) | 0
    if (kind > 0 && kind < 6) tally.statuses[kind] = (tally.statuses[kind] as number) + 1
    tally.bytesOut += job.headBytes + job.bodyBytes
    if (job.exchange.bodyLength > 0) tally.bytesIn += job.exchange.bodyLength
    this.onDone?.(job, performance.now(), lane)
  }

  #retryAfter(): number {
    const lanes = Math.max(1, this.lanes.length)
    const seconds =
      (this.#queue.length * this.tally.appTime.sumMicros) / Math.max(1, this.tally.finished) / lanes / 1e6
    return Math.min(60, Math.max(1, Math.ceil(seconds)))
  }
}
