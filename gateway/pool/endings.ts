// How workers end: what happens to the requests they had, what the log says, and whether starting another should wait.
// Knows the signs of death (lanes and helm close, the template reaps) and puts them together; starts nothing itself.

import { constants } from 'node:os'
import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { Dispatcher } from './dispatch.ts'
import type { Job } from './job.ts'
import type { Lane } from './lane.ts'
import { OomWatch } from './oom.ts'
import { backoffMs } from './plan.ts'
import { endingOf, type Worker } from './worker.ts'

/** How long the end of a worker waits for its cause to be told by the template. */
const causeWaitMs = 300
/** A worker that dies so soon, without having served, counts like one that failed to boot. */
const earlyDeathMs = 1_000
/** After so long without a failure the past is forgotten. */
const healthyMs = 10_000

export class Endings {
  /** Boots and early deaths in a row, for the plan's backoff. */
  failures = 0
  lastFailureAt = 0
  /** Ends by cause, for status and metrics. */
  readonly causes: Record<string, number> = {}
  readonly #dispatcher: Dispatcher
  readonly #log: Log
  readonly #oom = new OomWatch()
  readonly #onEnd: (worker: Worker) => void

  constructor(dispatcher: Dispatcher, log: Log, onEnd: (worker: Worker) => void) {
    this.#dispatcher = dispatcher
    this.#log = log
    this.#onEnd = onEnd
  }

  /** Answers what was finished, loses what was running, gives what was not begun to others. */
  laneClosed(worker: Worker, lane: Lane): void {
    const left = worker.left(lane.index)
    lane.recover(left)
    const { again, lost } = lane.splitByStart(left.slot)
    // Its client has everything, only close() was cut: answered, not lost.
    const closing = lane.closingSince > 0 ? lost.shift() : undefined
    if (closing !== undefined) this.#dispatcher.finished(lane, closing, 0)
    for (const job of lost) {
      if (job.id === left.answered) {
        job.isWithPeer = true
        job.exchange.answered?.()
      } else if (job.id === left.answering) job.answered = true // nobody knows how far it came
      this.#lose(worker, job, lane)
    }
    this.#dispatcher.requeue(again)
    this.soon(worker)
  }

  /** A sign of death: the end is complete when its cause is known, or was not told in time. */
  soon(worker: Worker): void {
    if (worker.ended) return
    const silent = worker.helm?.destroyed !== false && worker.lanes.every((lane) => !lane.open)
    if (worker.ending !== undefined && silent) {
      this.now(worker)
      return
    }
    worker.endTimer ??= setTimeout(() => {
      worker.endTimer = undefined
      if (worker.ending === undefined) worker.signal('SIGKILL')
      worker.helm?.destroy()
      for (const lane of worker.lanes) lane.socket.destroy()
      this.now(worker)
    }, causeWaitMs)
  }

  now(worker: Worker): void {
    if (worker.ended) return
    worker.ended = true
    clearTimeout(worker.endTimer)
    worker.started?.remove()
    for (const lane of worker.lanes) this.#dispatcher.retire(lane)
    this.#account(worker, performance.now())
    this.#onEnd(worker)
  }

  /** New code is in service, or nothing has failed for a while: the next start need not wait. */
  forgive(now = Number.POSITIVE_INFINITY): void {
    if (now - this.lastFailureAt > healthyMs) this.failures = 0
  }

  #account(worker: Worker, now: number): void {
    if (worker.killedFor === undefined && worker.ending?.signal === constants.signals.SIGKILL) {
      worker.outOfMemory = this.#oom.struck()
    }
    const cause =
      worker.leavingFor ?? (worker.outOfMemory ? 'out-of-memory' : worker.readyAt === 0 ? 'boot' : 'died')
    this.causes[cause] = (this.causes[cause] ?? 0) + 1
    const facts = {
      worker: worker.workerId,
      pid: worker.pid,
      cause: endingOf(worker),
      requests: worker.requests,
      seconds: Math.round((now - worker.bornAt) / 100) / 10,
    }
    if (worker.leavingFor !== undefined && worker.lost.length === 0) {
      this.#log.info('worker left', { ...facts, why: worker.leavingFor })
      return
    }
    const lost = worker.lost.map((each) => `${each.requestId} ${each.line}`).join('; ')
    this.#log.error('worker died', { ...facts, why: worker.leavingFor, lost: lost === '' ? undefined : lost })
    if (worker.leavingFor !== undefined) return
    const early = worker.readyAt === 0 || (worker.requests === 0 && now - worker.readyAt < earlyDeathMs)
    this.failures = early ? this.failures + 1 : 0
    this.lastFailureAt = now
    const pause = backoffMs(this.failures)
    if (pause > 0) this.#log.error('workers keep dying', { inARow: this.failures, nextTryInMs: pause })
  }

  #lose(worker: Worker, job: Job, lane: Lane): void {
    if (job.gone || job.isWithPeer) {
      this.#dispatcher.finished(lane, job, 0)
      return
    }
    const { exchange } = job
    exchange.onGone = undefined
    worker.lost.push({ requestId: exchange.requestId, line: `${exchange.method} ${exchange.uri}` })
    const error = new PosternError('WORKER_DIED', { worker: worker.workerId, pid: worker.pid })
    this.#dispatcher.tally.refused.workerDied += 1
    if (job.answered) {
      exchange.abort(error.message)
      this.#dispatcher.finished(lane, job, 0)
    } else this.#dispatcher.refuse(job, error)
  }
}
