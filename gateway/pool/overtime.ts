// Requests and close() calls past their limits: who is told what, and what becomes of the worker. It is condemned: it shows
// its Python stacks, its siblings finish, and the plan replaces it. Which ones those are is harakiri.ts's.

import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import type { Dispatcher } from './dispatch.ts'
import { findHanging, findOverdue } from './harakiri.ts'
import type { Lane } from './lane.ts'
import { stacksWaitMs } from './plan.ts'
import type { Worker } from './worker.ts'

/** What a close() may take when neither `close-timeout` nor `harakiri` says it. */
const closeSeconds = 60

export type OvertimeHost = {
  /** Whether the worker has begun the request in front of its lane. */
  hasBegun(lane: Lane): boolean
  /** Nothing new for this worker; what it has not begun goes elsewhere. */
  retire(worker: Worker): void
}

export class Overtime {
  readonly #options: GatewayOptions
  readonly #dispatcher: Dispatcher
  readonly #log: Log
  readonly #host: OvertimeHost

  constructor(options: GatewayOptions, dispatcher: Dispatcher, log: Log, host: OvertimeHost) {
    this.#options = options
    this.#dispatcher = dispatcher
    this.#log = log
    this.#host = host
  }

  look(workers: ReadonlyMap<number, Worker>, now: number): void {
    const { harakiri, 'close-timeout': close } = this.#options
    const harakiriMs = harakiri * 1000
    const closeMs = 1000 * (close ?? (harakiri || closeSeconds))
    if (harakiriMs > 0) {
      for (const { lane, job } of findOverdue(workers.values(), now, harakiriMs)) {
        this.#log.error('harakiri', {
          ...subject(lane),
          seconds: Math.round((now - job.sentAt) / 100) / 10,
        })
        this.#condemn(lane, 'harakiri', now)
        this.#answer(lane)
      }
    }
    if (closeMs > 0) {
      for (const lane of findHanging(workers.values(), now, closeMs, this.#host.hasBegun)) {
        this.#log.error('close timeout', {
          ...subject(lane),
          reason: 'close() of an answered request does not end',
          seconds: Math.round((now - lane.inCloseSince) / 100) / 10,
        })
        this.#condemn(lane, 'close-timeout', now)
      }
    }
    for (const worker of workers.values()) {
      if (worker.state === 'condemned') this.#forceStacks(worker, now)
    }
  }

  #answer({ jobs: [job] }: Lane): void {
    if (job === undefined) return
    this.#dispatcher.tally.refused.harakiri += 1
    const error = new PosternError('HARAKIRI', { seconds: this.#options.harakiri })
    if (job.answered) {
      job.exchange.abort(error.message)
      job.gone = true
    } else this.#dispatcher.refuse(job, error)
  }

  #condemn(lane: Lane, why: 'harakiri' | 'close-timeout', now: number): void {
    const worker = lane.host as Worker
    const [job] = lane.jobs
    if (job !== undefined) worker.overdue.add(job)
    if (worker.state === 'condemned') return
    worker.harakiris += 1
    worker.leavingFor = why
    worker.enter('condemned', now)
    worker.tell({ stacks: true })
    this.#host.retire(worker)
  }

  /** Native code may hold the interpreter, and then the helm cannot answer: faulthandler needs neither. */
  #forceStacks(worker: Worker, now: number): void {
    if (worker.stacksSeen || worker.stacksForced || now - worker.since < stacksWaitMs) return
    worker.stacksForced = true
    this.#log.error('worker does not answer, its stacks follow', {
      worker: worker.workerId,
      pid: worker.pid,
      reason: 'native code holds the interpreter, or the process is stopped',
    })
    worker.signal('SIGQUIT')
  }
}

/** The worker, and the request whose limit it is; behind a stalled close() there may be one that has nothing to do with it. */
function subject(lane: Lane): Record<string, string | number | undefined> {
  const { workerId, pid } = lane.host as Worker
  const [job] = lane.stalledSince === 0 ? lane.jobs : []
  return {
    worker: workerId,
    pid,
    id: job?.exchange.requestId,
    request: job && `${job.exchange.method} ${job.exchange.uri}`,
  }
}
