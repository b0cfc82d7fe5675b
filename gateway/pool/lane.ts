// One lane: the socket of one worker thread, the requests that are on it, in order, and what comes back for them.
// Knows frames and exchanges; which request goes where is the dispatcher's (its owner's) business.

import type { Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import type { DirectConnection } from '../exchange.ts'
import { statusAt } from '../protocol/status.ts'
import { descriptorOf, writeNow } from '../write-now.ts'
import {
  BODY_STREAM,
  CHUNKED,
  FrameReader,
  type FrameSink,
  nextId,
  QUIET,
  requestSize,
  wasStarted,
  writeRequest,
} from './frames.ts'
import { Holdings } from './holdings.ts'
import type { BodyLane, Job } from './job.ts'
import { type KeptDone, readKept } from './kept.ts'
import { writeBody, writeBodyFailed } from './lane-body.ts'
import { LaneReads } from './lane-reads.ts'
import { Quiet } from './quiet.ts'
import { keepSlab, takeSlab } from './slab.ts'
import type { Left } from './started.ts'

const nothing = Buffer.alloc(0)

/** What a lane tells the dispatcher. */
export interface LaneOwner {
  /** A request is over (answered, or its client is gone and the worker is done with it). */
  finished(lane: Lane, job: Job, elapsedMicros: number): void
  /** These were not started here and never will be. */
  gaveBack(lane: Lane, jobs: Job[]): void
  /** After a batch of frames: there may be room. */
  progressed(lane: Lane): void
  /** Nothing more comes; what was on it is still in `lane.jobs`. */
  closed(lane: Lane): void
}

/** The worker a lane belongs to, as far as a lane and the dispatcher need it. */
export interface LaneHost {
  readonly workerId: number
  /** Lanes with a request on them. */
  busyLanes: number
  askGiveBack(lane: number): void
  askCancel(lane: number, id: number): void
  broken(error: PosternError): void
  /** Passes a connection's descriptor on to the worker; false when there is no way. */
  pass(lane: number, connection: DirectConnection): boolean
}

export class Lane implements FrameSink, BodyLane {
  readonly host: LaneHost
  readonly index: number
  readonly socket: Socket
  /** In the order in which the worker runs them. */
  jobs: Job[] = []
  /** Sum of the expected costs of `jobs`, microseconds. */
  load = 0
  /** Nothing may be put behind what runs here. */
  exclusive = false
  /** Asked to give back, and not idle since. */
  givingBack = false
  /**
   * Since when its thread is known to be in an earlier response's close() (it gave its front request back unstarted).
   * Negative: the same, but it may try another request. 0: no.
   */
  stalledSince = 0
  /** Since when the client of the request in front has everything while its close() goes on; 0: no. */
  closingSince = 0
  /** Whether the front request has begun was looked up, once for each. */
  probed = false
  /** When it was last asked to give back, monotonic milliseconds. */
  askedAt = 0
  /** Draining: nothing new. */
  retired = false
  open = true
  /** When the request in front became the one in front, monotonic milliseconds. */
  headSince = 0
  /** A head may run so long before the ones behind it are asked back; grows when asking was in vain. */
  patienceMs = 0.7

  readonly #owner: LaneOwner
  readonly #fd: number
  readonly #reader = new FrameReader()
  #lastId = 0
  #pending: Job[] = []
  #finished: Job[] = []
  #returned: Job[] = []
  readonly #reads: LaneReads
  /** The only request of the whole gateway: its worker keeps silent about the answer, the next request tells. */
  quietJob: Job | undefined
  readonly #quiet = new Quiet()
  readonly #holdings: Holdings

  constructor(host: LaneHost, index: number, socket: Socket, owner: LaneOwner) {
    this.host = host
    this.index = index
    this.socket = socket
    this.#owner = owner
    this.#fd = descriptorOf(socket)
    this.#holdings = new Holdings(socket, (connection) => host.pass(index, connection))
    this.#reads = new LaneReads(socket, (chunk) => this.#read(chunk))
    socket.on('drain', () => this.#drained())
    socket.on('error', () => {}) // the close that follows says it all
    socket.on('close', () => this.#close())
  }

  get idle(): boolean {
    return this.jobs.length === 0
  }

  /** Since when its thread is known to be in a response's close(); 0: it is not. */
  get inCloseSince(): number {
    return this.closingSince > 0 ? this.closingSince : Math.abs(this.stalledSince)
  }

  /** Puts a request on this lane; it goes out with the next `flush`. True: it is the first one that waits for that. */
  put(job: Job, now: number): boolean {
    this.#lastId = nextId(this.#lastId)
    job.id = this.#lastId
    job.lane = this
    job.sentAt = now
    if (this.jobs.length === 0) {
      this.headSince = now
      this.probed = false
      this.host.busyLanes += 1
    }
    this.jobs.push(job)
    this.load += job.cost
    return this.#pending.push(job) === 1
  }

  /** Everything that was put here since, in one write. `alone`: nothing else runs or waits anywhere. */
  flush(alone = false): void {
    const pending = this.#pending
    if (pending.length === 0) return
    let size = 0
    for (const job of pending) size += requestSize(job.exchange.environ, job.exchange.inlineBody)
    const out = takeSlab(size)
    let at = 0
    for (const job of pending) {
      const connection = this.#connectionFor(job, alone)
      let flags = flagsOf(job)
      if (alone && connection > 0) {
        flags |= QUIET
        this.quietJob = job
      }
      at = writeRequest(out, at, job.id, flags, connection, job.exchange.environ, job.exchange.inlineBody)
    }
    this.#pending = []
    if (this.open && !writeNow(this.socket, this.#fd, out, at)) keepSlab()
    for (const job of pending) {
      if (!job.streamsBody || job.gone) continue
      if (job.bodyTouched) this.#sendAgain(job)
      else {
        job.bodyTouched = true
        job.exchange.startBody(job)
      }
    }
  }

  /** The number of the connection on which the worker may answer, if it holds its descriptor; else 0. */
  #connectionFor(job: Job, alone: boolean): number {
    const { direct } = job.exchange
    if (direct === undefined || job.streamsBody || !this.#holdings.has(direct, alone)) return 0
    job.exchange.follower = job
    return direct.number
  }

  /** The worker that had it died before it began. */
  #sendAgain(job: Job): void {
    for (const part of job.replay?.parts ?? []) this.writeBody(job, part, false)
    if (job.replay?.failure !== undefined) this.writeBodyFailed(job, job.replay.failure)
    else if (job.bodyDone) this.writeBody(job, nothing, true)
    else job.exchange.resumeBody()
  }

  writeBody(job: Job, bytes: Buffer, end: boolean): boolean {
    if (!this.open || job.lane !== this) return true
    return writeBody(this.socket, job.id, bytes, end)
  }

  writeBodyFailed(job: Job, reason: string): void {
    if (!this.open || job.lane !== this) return
    writeBodyFailed(this.socket, job.id, reason)
  }

  /** The client left: never run it if that is still possible, else stop it at its next chunk. */
  cancel(job: Job): void {
    job.gone = true
    this.#reads.resume(job)
    const unsent = this.#pending.indexOf(job)
    if (unsent === -1) this.host.askCancel(this.index, job.id)
    else {
      this.#pending.splice(unsent, 1)
      this.#remove(job)
    }
  }

  response(
    id: number,
    head: Buffer,
    body: Buffer | undefined,
    end: boolean,
    cost: number,
    after: boolean,
  ): void {
    const job = this.#front(id)
    job.status = statusAt(head, 0)
    job.headBytes = head.length
    if (body !== undefined) job.bodyBytes = body.length
    if (!end) this.exclusive = true
    if (!job.gone) {
      job.answered = true
      if (!job.exchange.respond(head, body, end) && !end) this.#reads.pause(job)
    }
    if (end) this.#end(job, cost, after)
  }

  whole(id: number, bytes: Buffer, from: number, split: number, to: number, cost: number): boolean {
    const job = this.#front(id)
    if (job.gone || !job.exchange.respondWhole?.(bytes, from, to)) return false
    job.answered = true
    job.status = statusAt(bytes, from)
    job.headBytes = split - from
    job.bodyBytes = to - split
    this.#finish(job, cost)
    return true
  }

  more(id: number, body: Buffer, end: boolean, cost: number, after: boolean): void {
    const job = this.#front(id)
    job.bodyBytes += body.length
    if (!job.gone && !job.exchange.more(body, end) && !end) this.#reads.pause(job)
    if (end) this.#end(job, cost, after)
  }

  abort(id: number, reason: string, answered: boolean): void {
    const job = this.#front(id)
    if (answered) job.answered = true
    else job.exchange.follower = undefined
    if (!job.gone) {
      if (job.answered) job.exchange.abort(reason)
      else {
        const error = new PosternError('APP_FAILED', { reason })
        job.status = error.status
        job.exchange.refuse(error)
      }
    }
    this.#finish(job, 0)
  }

  /** The client has everything. With `after` the lane stays taken: the request counts as running until `closed`. */
  #end(job: Job, cost: number, after: boolean): void {
    if (after) {
      this.exclusive = true
      this.closingSince = performance.now()
      job.exchange.onGone = undefined
    } else this.#finish(job, cost)
  }

  done(id: number, status: number, headBytes: number, bodyBytes: number, cost: number, after: boolean): void {
    const known = this.#quiet.take(id)
    if (known === undefined && this.jobs[0]?.id !== id && this.#quiet.isKnown(id)) return
    const job = known ?? this.#front(id)
    if (job.isDirect) return
    this.#quiet.settled(id)
    job.status = status
    job.headBytes = headBytes
    job.bodyBytes = bodyBytes
    job.answered = true
    job.isDirect = true
    if (known !== undefined) {
      if (cost > 0) job.appMicros = 1.5 * 2 ** cost
      this.#finished.push(job)
      return
    }
    // A peer that has left meanwhile left with its answer.
    if (!job.over) job.gone = false
    job.exchange.answered?.()
    this.#end(job, cost, after)
  }

  rest(id: number, bytes: Buffer): void {
    if (this.#quiet.find(id) !== undefined) return
    const job = this.#front(id)
    this.exclusive = true
    if (job.gone) return
    job.answered = true
    if (job.exchange.rest?.(bytes) === false) this.#reads.pause(job)
  }

  closed(id: number): void {
    if (this.jobs[0]?.id !== id && this.#quiet.isKnown(id)) return
    this.closingSince = 0
    this.#finish(this.#front(id), 0)
  }

  inform(id: number, head: Buffer): void {
    if (this.#quiet.find(id) !== undefined) return
    const job = this.#front(id)
    if (!job.gone && !job.answered) job.exchange.inform(head)
  }

  logvars(id: number, json: string): void {
    const job = this.#quiet.find(id) ?? this.#front(id)
    job.logvars = json
  }

  gaveBack(id: number): void {
    const job = this.jobs.find((each) => each.id === id)
    if (job === undefined)
      throw new PosternError('LANE_BROKEN', { reason: `gave back request ${id}, which it does not have` })
    this.#remove(job)
    this.#returned.push(job)
  }

  /** The same, said by the helm because this lane's socket is full: a slow client takes what is in front. */
  givenBack(ids: readonly number[]): void {
    for (const id of ids) if (this.jobs.some((job) => job.id === id)) this.gaveBack(id)
    this.#report()
  }

  /** After the end: answers what the worker had finished and not yet sent. */
  recover({ kept }: Left): void {
    for (const each of readKept(kept)) {
      const at = this.jobs.findIndex((job) => job.id === each.id && !job.answered)
      if (at > 0) {
        // What stands before it has been answered; order is of no use to a dead worker's requests.
        this.jobs.unshift(...this.jobs.splice(at, 1))
      }
      if ('head' in each) {
        if (at >= 0) this.response(each.id, each.head, each.body, true, each.cost, false)
      } else if (at >= 0 || this.#quiet.find(each.id) !== undefined) this.#done(each)
    }
    this.#finished.push(...this.#quiet.takeAll())
    this.#report()
  }

  /** Whether figures are still with the worker. */
  get isQuiet(): boolean {
    return this.quietJob !== undefined || !this.#quiet.isEmpty
  }

  /** Takes the figures that the worker keeps to itself from its started file. */
  settle({ kept }: Left): void {
    for (const each of readKept(kept)) {
      const isAwaited = this.quietJob?.id === each.id || this.#quiet.find(each.id) !== undefined
      if (!('head' in each) && isAwaited) this.#done(each)
    }
    this.#report()
  }

  #done({ id, status, headBytes, bodyBytes, cost }: KeptDone): void {
    this.done(id, status, headBytes, bodyBytes, cost, false)
  }

  /** After the end: what was on it, by whether it may have run. `slot` is the lane's in the started file. */
  splitByStart(slot: number | undefined): { again: Job[]; lost: Job[] } {
    const again: Job[] = []
    const lost: Job[] = []
    for (const job of this.jobs) {
      const begun = slot === undefined || wasStarted(job.id, slot)
      ;(begun || !job.canMove ? lost : again).push(job)
    }
    this.jobs = []
    this.#pending = []
    if (again.length + lost.length > 0) this.host.busyLanes -= 1
    return { again, lost }
  }

  #front(id: number): Job {
    const job = this.jobs[0]
    if (job === undefined || job.id !== id) {
      throw new PosternError('LANE_BROKEN', {
        reason: `spoke of request ${id} while ${job?.id ?? 'none'} is in front`,
      })
    }
    return job
  }

  #finish(job: Job, cost: number): void {
    if (cost > 0) job.appMicros = 1.5 * 2 ** cost
    this.#remove(job)
    this.#finished.push(job)
    if (!job.bodyDone && !job.gone) job.exchange.discardBody()
    job.bodyDone = true
    this.exclusive = false
  }

  /** The worker's started file says which request it has answered last. */
  heardAnswered(id: number): void {
    const job = this.quietJob
    if (job === undefined || job.id !== id) return
    job.exchange.answered?.()
    job.peerHasAll()
  }

  /** The peer has gone on, so the answer is there: the lane is free, the figures come later. */
  peerHasAll(job: Job): void {
    if (job !== this.quietJob || this.jobs[0] !== job) return
    this.#remove(job)
    this.#quiet.add(job)
    if (this.retired) this.#report()
  }

  #remove(job: Job): void {
    if (this.quietJob === job) this.quietJob = undefined
    const at = this.jobs.indexOf(job)
    if (at === 0) this.jobs.shift()
    else this.jobs.splice(at, 1)
    this.load -= job.cost
    this.#reads.resume(job)
    if (this.jobs.length === 0) {
      this.load = 0
      this.givingBack = false
      this.exclusive = false
      this.host.busyLanes -= 1
    }
  }

  #read(chunk: Buffer): void {
    try {
      this.#reader.push(chunk, this)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      this.host.broken(error)
      this.socket.destroy()
    }
    this.#report()
  }

  #report(): void {
    const finished = this.#finished
    if (finished.length > 0) {
      this.#finished = []
      const now = performance.now()
      const share = ((now - this.headSince) * 1000) / finished.length
      this.headSince = now
      this.probed = false
      this.stalledSince = 0
      for (const job of finished) this.#owner.finished(this, job, job.appMicros > 0 ? job.appMicros : share)
    }
    if (this.#returned.length > 0) {
      const returned = this.#returned
      this.#returned = []
      this.#owner.gaveBack(this, returned)
    }
    this.#owner.progressed(this)
  }

  #drained(): void {
    const job = this.jobs[0]
    if (job?.streamsBody && !job.bodyDone && !job.gone) job.exchange.resumeBody()
  }

  #close(): void {
    this.open = false
    this.#holdings.release()
    this.#owner.closed(this)
  }
}

function flagsOf(job: Job): number {
  if (!job.streamsBody) return 0
  return job.exchange.bodyLength < 0 ? BODY_STREAM | CHUNKED : BODY_STREAM
}
