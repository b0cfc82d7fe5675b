// A worker process as the gateway sees it: its helm, its lanes, its state and what it did. Decides nothing; see plan.ts.
// What a worker is from inside: gateway/python/postern_worker.

import type { Socket } from 'node:net'
import { constants } from 'node:os'
import type { PosternError } from '../../errors.ts'
import type { DirectConnection } from '../exchange.ts'
import type { Job } from './job.ts'
import type { Lane, LaneHost } from './lane.ts'
import { writeLine } from './lines.ts'
import type { KillReason, WorkerState, WorkerView } from './plan.ts'
import type { Left, Started } from './started.ts'
import type { Failure, Template } from './template.ts'

export type LostRequest = { requestId: string; line: string }

/** How a process ended, as far as anybody could see. */
export type Ending = { code: number | null; signal: number | null } | undefined

export class Worker implements LaneHost {
  readonly workerId: number
  readonly generation: number
  readonly bornAt: number
  pid = 0
  state: WorkerState = 'booting'
  since: number
  readyAt = 0
  busyLanes = 0
  /** Lanes it will have. */
  threads = 1
  lanes: Lane[] = []
  helm: Socket | undefined
  /** What it has begun, as it says itself. */
  started: Started | undefined
  /** Its parent, while there is one: the way for descriptors. */
  template: Template | undefined
  requests = 0
  exceptions = 0
  harakiris = 0
  rssBytes = 0
  asBytes = 0
  bytesOut = 0
  /** Milliseconds spent in the application. */
  runningMs = 0
  averageMs = 0
  stacksSeen = false
  requestLimit = 0
  lifetimeMs = 0
  /** Set when the gateway sent a signal: then the death is no accident. */
  killedFor: KillReason | 'stop' | 'broken' | undefined
  /** Asked to go (drained or killed): its end is expected. */
  leavingFor: string | undefined
  drainTold = false
  /** It said so on its helm; its lanes may be a moment behind. */
  saidReady = false
  lost: LostRequest[] = []
  ending: Ending
  /** All signs of its end were seen, and accounted for. */
  ended = false
  endTimer: NodeJS.Timeout | undefined
  /** Requests past their limit: nobody waits for these any more. */
  readonly overdue = new Set<Job>()
  /** Killed, and not by us, when the kernel was short of memory. */
  outOfMemory = false
  /** Its stacks were asked for by signal, because it did not answer. */
  stacksForced = false
  failed: Failure | undefined
  readonly #onBroken: (worker: Worker, error: PosternError) => void

  constructor(
    id: number,
    generation: number,
    now: number,
    onBroken: (worker: Worker, error: PosternError) => void,
  ) {
    this.workerId = id
    this.generation = generation
    this.bornAt = now
    this.since = now
    this.#onBroken = onBroken
  }

  enter(state: WorkerState, now: number): void {
    this.state = state
    this.since = now
    if (state === 'ready') this.readyAt = now
  }

  /** A request is over here. */
  count(job: Job): void {
    this.requests += 1
    this.bytesOut += job.headBytes + job.bodyBytes
    this.runningMs += job.appMicros / 1000
    // uWSGI's running average, which uwsgitop shows.
    this.averageMs = (this.averageMs + job.appMicros / 1000) / (this.requests === 1 ? 1 : 2)
    if (job.status === 500) this.exceptions += 1
  }

  view(): WorkerView {
    return {
      id: this.workerId,
      generation: this.generation,
      state: this.state,
      since: this.since,
      bornAt: this.bornAt,
      requests: this.requests,
      rssBytes: this.rssBytes,
      asBytes: this.asBytes,
      requestLimit: this.requestLimit,
      lifetimeMs: this.lifetimeMs,
      busyLanes: this.busyLanes,
      siblingsBusy: this.state === 'condemned' ? this.#siblingsBusy() : 0,
      stacksSeen: this.stacksSeen,
    }
  }

  #siblingsBusy(): number {
    return this.lanes.filter(({ jobs: [job] }) => job !== undefined && !this.overdue.has(job)).length
  }

  tell(message: unknown): void {
    if (this.helm?.writable) this.helm.write(writeLine(message))
  }

  left(lane: number): Left {
    return this.started?.read(lane) ?? { slot: undefined, answering: 0, answered: 0, kept: Buffer.alloc(0) }
  }

  pass(lane: number, connection: DirectConnection): boolean {
    return (
      this.template?.pass(connection.handle, {
        worker: this.workerId,
        lane,
        connection: connection.number,
      }) === true
    )
  }

  askGiveBack(lane: number): void {
    this.tell({ give_back: lane })
  }

  askCancel(lane: number, id: number): void {
    this.tell({ cancel: lane, id })
  }

  broken(error: PosternError): void {
    this.#onBroken(this, error)
  }

  /** SIGKILL, as long as the process is surely ours: its helm is open or it has not been reaped. */
  kill(why: Worker['killedFor']): void {
    const isFirst = this.killedFor === undefined
    this.killedFor ??= why
    this.leavingFor ??= why
    if (isFirst && why === 'boot-timeout') {
      // Where its import hangs, printed by Python itself.
      this.signal('SIGQUIT')
      setTimeout(() => this.signal('SIGKILL'), bootStacksMs)
    } else this.signal('SIGKILL')
  }

  signal(name: NodeJS.Signals): void {
    if (this.pid === 0 || this.ending !== undefined) return
    try {
      process.kill(this.pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

const bootStacksMs = 300

const signalNames = Object.fromEntries(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
)

/** How it ended, in words. */
export function endingOf(worker: Worker): string {
  const { ending } = worker
  if (worker.killedFor === 'boot-timeout') return 'the application was not loaded within boot-timeout'
  if (ending === undefined) return worker.killedFor === undefined ? 'unknown' : `killed (${worker.killedFor})`
  if (ending.signal !== null) {
    const why = worker.outOfMemory ? ' (the kernel was out of memory)' : ''
    return `signal ${signalNames[ending.signal] ?? ending.signal}${why}`
  }
  return `exit code ${ending.code}`
}
