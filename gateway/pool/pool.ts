// The supervisor: carries out what plan.ts decides, and tells plan.ts what it sees. The only file that knows workers,
// generations and lanes at once; requests are the dispatcher's business, limits and reasons the plan's.

import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { constants } from 'node:os'
import { join } from 'node:path'
import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import type { Dispatcher, DispatchListener } from './dispatch.ts'
import { Generation, logFailure, notLoaded } from './generation.ts'
import { findOverdue } from './harakiri.ts'
import type { Job } from './job.ts'
import { Lane } from './lane.ts'
import { LaneServer } from './lane-server.ts'
import { LineReader } from './lines.ts'
import { backoffMs, type PoolView, plan, type Step } from './plan.ts'
import { readRssBytes } from './rss.ts'
import { scale } from './scale.ts'
import { createStarted, readLeft, removeStarted } from './started.ts'
import type { Failure } from './template.ts'
import { Worker } from './worker.ts'

export type ReloadResult =
  | { ok: true; generation: number }
  | { ok: false; error: PosternError; failure?: Failure | undefined }

const tickMs = 500
/** How long the end of a worker waits for its cause to be told by the template. */
const causeWaitMs = 300
const earlyDeathMs = 1_000
const healthyMs = 10_000

export class Pool implements DispatchListener {
  readonly workers = new Map<number, Worker>()
  readonly restarts: Record<string, number> = {}
  readonly startedAt = performance.now()
  desired: number
  current: Generation | undefined
  reloads = 0
  readonly #options: GatewayOptions
  readonly #dispatcher: Dispatcher
  readonly #log: Log
  readonly #server: LaneServer
  readonly #token = randomBytes(16).toString('hex')
  readonly #startedBase: string
  #next: Generation | undefined
  #canary: Worker | undefined
  #old: Generation[] = []
  #number = 0
  #lastWorkerId = 0
  #failures = 0
  #lastFailureAt = 0
  #calmSince = 0
  #stopping = false
  #tick: NodeJS.Timeout | undefined
  #planDue = false
  #settle: ((result: ReloadResult) => void) | undefined
  #reloading: Promise<ReloadResult> | undefined
  #emptied: (() => void) | undefined

  constructor(options: GatewayOptions, dispatcher: Dispatcher, log: Log) {
    this.#options = options
    this.#dispatcher = dispatcher
    this.#log = log
    this.desired =
      options.cheaper === undefined ? options.processes : (options['cheaper-initial'] ?? options.cheaper)
    this.#startedBase = join(options['run-dir'], `started-${process.pid}`)
    dispatcher.listener = this
    this.#server = new LaneServer(join(options['run-dir'], `lanes-${process.pid}.sock`), this.#token, {
      lane: (hello, socket) => this.#onLane(hello.workerId, hello.lane, socket),
      helm: (hello, socket) => this.#onHelm(hello.workerId, hello.pid, socket),
      refused: (reason) => log.warning('connection to lanes.sock refused', { reason }),
    })
  }

  /** Brings up the first generation; fails as it fails, unless `need-app` is off: then it goes on trying. */
  async start(): Promise<void> {
    await this.#server.listen()
    const interval = this.#options.harakiri > 0 ? tickMs / 2 : tickMs
    this.#tick = setInterval(() => this.#onTick(), interval)
    for (let failures = 1; ; failures++) {
      const result = await this.reload()
      if (result.ok || this.#stopping) return
      if (this.#options['need-app']) throw result.error
      await new Promise((resolve) => setTimeout(resolve, Math.max(1_000, backoffMs(failures + 3))))
    }
  }

  /** New code: resolves when every worker runs it, or when it did not load and the old one stays. */
  reload(): Promise<ReloadResult> {
    if (this.#reloading !== undefined) return this.#reloading.then(() => this.reload())
    const promise = new Promise<ReloadResult>((resolve) => {
      this.#settle = resolve
    })
    this.#reloading = promise
    this.#number += 1
    const boot = {
      options: this.#options,
      lanes: this.#server.path,
      token: this.#token,
      generation: this.#number,
      started: this.#startedBase,
      preload: this.#options.preload !== 'off',
    }
    this.#next = new Generation(boot, this.#options['boot-timeout'] * 1000, this.#log, {
      canFork: (generation) => this.#onCanFork(generation),
      forked: (id, pid) => this.#onForked(id, pid),
      exited: (id, ending) => this.#onExited(id, ending),
      failed: (generation, error, failure) => this.#onFailed(generation, error, failure),
      templateDied: () => this.#dropUnborn(),
    })
    this.#log.info(this.current === undefined ? 'loading' : 'reloading', { generation: this.#number })
    this.#next.start()
    return promise
  }

  /** Lets what runs finish (at most `limitMs`), then nothing is left. Call when no request can come any more. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true
    this.#next?.kill()
    this.#plan()
    for (const worker of this.workers.values()) if (worker.state === 'booting') worker.kill('stop')
    if (this.workers.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limitMs)
        this.#emptied = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.kill()
  }

  /** Ends everything now. */
  kill(): void {
    this.#stopping = true
    clearInterval(this.#tick)
    for (const worker of this.workers.values()) worker.kill('stop')
    for (const worker of this.workers.values()) removeStarted(this.#startedBase, worker.workerId)
    for (const generation of [...this.#old, this.current, this.#next]) generation?.kill()
    this.#server.close()
  }

  /** TTIN, TTOU, `postern worker add|remove`: the number wanted from now on. */
  want(workers: number): number {
    this.desired = Math.max(1, Math.min(1024, workers))
    this.#log.info('workers wanted', { workers: this.desired })
    this.#plan()
    return this.desired
  }

  notify(text: string): void {
    this.current?.template?.notify(text)
  }

  get readyCount(): number {
    let count = 0
    for (const worker of this.workers.values()) if (worker.state === 'ready') count += 1
    return count
  }

  laneClosed(lane: Lane): void {
    const worker = lane.host as Worker
    const left = readLeft(this.#startedBase, worker.workerId, this.#options.threads, lane.index)
    lane.recover(left.kept)
    const { again, lost } = lane.splitByStart(left.slot)
    for (const job of lost) this.#lose(worker, job, lane)
    this.#dispatcher.requeue(again)
    this.#retire(worker)
    this.#endSoon(worker)
  }

  requestDone(lane: Lane): void {
    const worker = lane.host as Worker
    worker.requests += 1
    if (worker.state === 'draining') this.#tellDrain(worker)
    else if (worker.requests === worker.requestLimit || worker.state === 'condemned') this.#planSoon()
  }

  #onCanFork(generation: Generation): void {
    if (generation === this.#next && generation.state === 'coming') this.#canary = this.#spawn(generation)
    else this.#plan()
  }

  #spawn(generation: Generation): Worker {
    this.#lastWorkerId += 1
    const worker = new Worker(this.#lastWorkerId, generation.number, performance.now(), (broken, error) => {
      this.#log.error('worker broke its lane', { worker: broken.workerId, reason: error.message })
      broken.kill('broken')
    })
    worker.requestLimit = withJitter(this.#options['max-requests'], this.#options['max-requests-delta'])
    const lifetime = this.#options['max-worker-lifetime']
    worker.lifetimeMs = withJitter(
      lifetime * 1000,
      (this.#options['max-worker-lifetime-delta'] ?? lifetime / 10) * 1000,
    )
    this.workers.set(worker.workerId, worker)
    createStarted(this.#startedBase, worker.workerId, this.#options.threads)
    generation.template?.fork(worker.workerId)
    return worker
  }

  #onForked(id: number, pid: number): void {
    const worker = this.workers.get(id)
    if (worker === undefined) return
    worker.pid = pid
    if (this.#stopping) worker.kill('stop')
  }

  #onHelm(id: number, pid: number, socket: Socket): void {
    const worker = this.workers.get(id)
    if (worker === undefined || worker.helm !== undefined) {
      socket.destroy()
      return
    }
    worker.pid = pid
    worker.helm = socket
    const lines = new LineReader()
    socket.on('error', () => {}) // the close that follows says it
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const message of lines.push(chunk)) this.#hear(worker, message)
      } catch (error) {
        if (!(error instanceof PosternError)) throw error
        worker.broken(error)
      }
    })
    socket.on('close', () => this.#endSoon(worker))
  }

  #onLane(id: number, index: number, socket: Socket): void {
    const worker = this.workers.get(id)
    if (
      worker === undefined ||
      worker.state !== 'booting' ||
      worker.lanes.some((lane) => lane.index === index)
    ) {
      socket.destroy()
      return
    }
    worker.lanes.push(new Lane(worker, index, socket, this.#dispatcher))
    this.#onReady(worker)
  }

  #hear(worker: Worker, message: Record<string, unknown>): void {
    if (message.ready === true) {
      worker.saidReady = true
      this.#onReady(worker)
    } else if (typeof message.failed === 'object' && message.failed !== null) {
      worker.failed = message.failed as Record<string, unknown>
    } else if (message.reload === true || message.stop === true) this.#onWish(message)
    else if (typeof message.stacks === 'string') {
      worker.stacksSeen = true
      this.#log.block('stacks', message.stacks, { worker: worker.workerId, pid: worker.pid })
      this.#planSoon()
    }
  }

  /** `uwsgi.reload()` and `uwsgi.stop()`, called by the application. */
  #onWish(message: Record<string, unknown>): void {
    this.#log.info('the application asked for it', { wish: message.stop === true ? 'stop' : 'reload' })
    if (message.stop === true) process.kill(process.pid, 'SIGTERM')
    else void this.reload()
  }

  #onReady(worker: Worker): void {
    if (worker.state !== 'booting' || !worker.saidReady || worker.lanes.length < this.#options.threads) return
    const now = performance.now()
    worker.enter('ready', now)
    for (const lane of worker.lanes) this.#dispatcher.addLane(lane)
    this.#log.info('worker ready', {
      worker: worker.workerId,
      pid: worker.pid,
      generation: worker.generation,
      ms: Math.round(now - worker.bornAt),
    })
    if (worker === this.#canary) this.#promote()
    this.#plan()
  }

  #promote(): void {
    const next = this.#next as Generation
    this.#canary = undefined
    this.#next = undefined
    this.#failures = 0
    next.state = 'serving'
    if (this.current !== undefined) {
      this.#old.push(this.current)
      this.reloads += 1
    }
    this.current = next
    this.#log.info('generation in service', {
      generation: next.number,
      target: next.loaded?.target,
      preload: next.preload,
      ms: next.loaded?.ms,
    })
  }

  #onFailed(generation: Generation, error: PosternError, failure: Failure | undefined): void {
    if (generation !== this.#next) return
    this.#next = undefined
    this.#canary = undefined
    generation.kill()
    logFailure(this.#log, error, failure)
    if (this.current !== undefined) {
      this.#log.error('reload failed, the old code stays in service', { generation: this.current.number })
    }
    this.#settled({ ok: false, error, failure })
  }

  #settled(result: ReloadResult): void {
    this.#reloading = undefined
    this.#settle?.(result)
    this.#settle = undefined
  }

  #onExited(id: number, ending: { code: number | null; signal: number | null }): void {
    const worker = this.workers.get(id)
    if (worker === undefined) return
    worker.ending = ending
    this.#endSoon(worker)
  }

  /** Forks that a dead template was asked for and never made. */
  #dropUnborn(): void {
    for (const worker of this.workers.values()) if (worker.pid === 0) this.#end(worker)
  }

  /** A sign of death: the end is complete when its cause is known, or was not told in time. */
  #endSoon(worker: Worker): void {
    if (!this.workers.has(worker.workerId)) return
    const silent = worker.helm?.destroyed !== false && worker.lanes.every((lane) => !lane.open)
    if (worker.ending !== undefined && silent) {
      this.#end(worker)
      return
    }
    worker.endTimer ??= setTimeout(() => {
      if (worker.ending === undefined) worker.kill('broken')
      worker.endTimer = undefined
      worker.helm?.destroy()
      for (const lane of worker.lanes) lane.socket.destroy()
      this.#end(worker)
    }, causeWaitMs)
  }

  #end(worker: Worker): void {
    if (!this.workers.delete(worker.workerId)) return
    clearTimeout(worker.endTimer)
    removeStarted(this.#startedBase, worker.workerId)
    for (const lane of worker.lanes) this.#dispatcher.retire(lane)
    const now = performance.now()
    const booting = worker.state === 'booting'
    this.#account(worker, now)
    if (worker === this.#canary && this.#next !== undefined) {
      const failure = worker.failed as Failure | undefined
      const error = failure
        ? notLoaded(failure)
        : new PosternError('WORKER_NOT_BOOTED', { python: this.#options.python, reason: endingOf(worker) })
      this.#onFailed(this.#next, error, failure)
    } else if (booting && worker.failed !== undefined) {
      logFailure(this.#log, notLoaded(worker.failed), worker.failed)
    }
    if (this.workers.size === 0) this.#emptied?.()
    this.#plan()
  }

  #account(worker: Worker, now: number): void {
    const cause = worker.leavingFor ?? (worker.state === 'booting' ? 'boot' : 'died')
    this.restarts[cause] = (this.restarts[cause] ?? 0) + 1
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
    this.#failures = early ? this.#failures + 1 : 0
    this.#lastFailureAt = now
    const pause = backoffMs(this.#failures)
    if (pause > 0) this.#log.error('workers keep dying', { inARow: this.#failures, nextTryInMs: pause })
  }

  #lose(worker: Worker, job: Job, lane: Lane): void {
    if (job.gone) {
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

  #retire(worker: Worker): void {
    for (const lane of worker.lanes) {
      this.#dispatcher.retire(lane)
      if (lane.open && lane.jobs.length > 1) worker.askGiveBack(lane.index)
    }
  }

  #tellDrain(worker: Worker): void {
    if (worker.busyLanes === 0) worker.tell({ drain: true })
  }

  #planSoon(): void {
    if (this.#planDue) return
    this.#planDue = true
    setImmediate(() => this.#plan())
  }

  #plan(): void {
    this.#planDue = false
    if (this.current === undefined && !this.#stopping) return
    const options = this.#options
    const steps = plan(this.#view(), performance.now(), {
      bootMs: options['boot-timeout'] * 1000,
      mercyMs: options['worker-reload-mercy'] * 1000,
      minLifetimeMs: options['min-worker-lifetime'] * 1000,
      rssBytes: options['reload-on-rss'] * 2 ** 20,
      evilRssBytes: options['evil-reload-on-rss'] * 2 ** 20,
    })
    for (const step of steps) this.#act(step)
    this.#checkRolled()
  }

  #act(step: Step): void {
    if (step.do === 'spawn') {
      this.#spawn(this.current as Generation)
      return
    }
    const worker = this.workers.get(step.worker)
    if (worker === undefined) return
    if (step.do === 'kill') {
      if (worker.killedFor !== undefined) return
      this.#log.warning('worker killed', { worker: worker.workerId, pid: worker.pid, why: step.why })
      worker.kill(step.why)
      if (worker.pid === 0) this.#end(worker)
      return
    }
    worker.leavingFor = step.why
    worker.enter('draining', performance.now())
    this.#retire(worker)
    this.#tellDrain(worker)
  }

  /** A reload is done when no worker of the old code takes requests any more. */
  #checkRolled(): void {
    const { current } = this
    if (current === undefined) return
    for (const old of [...this.#old]) {
      if ([...this.workers.values()].some((worker) => worker.generation === old.number)) continue
      old.retire()
      this.#old.splice(this.#old.indexOf(old), 1)
    }
    if (this.#reloading === undefined || this.#next !== undefined) return
    let good = 0
    for (const worker of this.workers.values()) {
      if (worker.state !== 'ready') continue
      if (worker.generation !== current.number) return
      good += 1
    }
    if (good >= this.desired) this.#settled({ ok: true, generation: current.number })
  }

  #view(): PoolView {
    const number = this.current?.number ?? 0
    return {
      generation: number,
      canFork: this.current?.canFork ?? false,
      desired: this.desired,
      workers: [...this.workers.values()]
        .filter((worker) => worker !== this.#canary || this.#stopping)
        .map((worker) => worker.view()),
      failures: this.#failures,
      lastFailureAt: this.#lastFailureAt,
      stopping: this.#stopping,
    }
  }

  #onTick(): void {
    const now = performance.now()
    if (this.#options['reload-on-rss'] > 0 || this.#options['evil-reload-on-rss'] > 0) this.readRss()
    if (this.#failures > 0 && now - this.#lastFailureAt > healthyMs) this.#failures = 0
    if (this.#options.harakiri > 0) this.#harakiri(now)
    if (this.#options.cheaper !== undefined && this.#reloading === undefined) this.#scale(now)
    if (this.#canary !== undefined && now - this.#canary.bornAt > this.#options['boot-timeout'] * 1000) {
      this.#canary.kill('boot-timeout')
    }
    this.#plan()
  }

  readRss(): void {
    for (const worker of this.workers.values()) {
      if (worker.pid !== 0) worker.rssBytes = readRssBytes(worker.pid) ?? worker.rssBytes
    }
  }

  #harakiri(now: number): void {
    for (const { lane, job } of findOverdue(this.workers.values(), now, this.#options.harakiri * 1000)) {
      const worker = lane.host as Worker
      const { exchange } = job
      worker.overdue = job
      worker.harakiris += 1
      worker.leavingFor = 'harakiri'
      worker.enter('condemned', now)
      this.#dispatcher.tally.refused.harakiri += 1
      this.#log.error('harakiri', {
        worker: worker.workerId,
        pid: worker.pid,
        id: exchange.requestId,
        request: `${exchange.method} ${exchange.uri}`,
        seconds: Math.round((now - job.sentAt) / 100) / 10,
      })
      worker.tell({ stacks: true })
      this.#retire(worker)
      const error = new PosternError('HARAKIRI', { seconds: this.#options.harakiri })
      if (job.answered) {
        exchange.abort(error.message)
        job.gone = true
      } else this.#dispatcher.refuse(job, error)
    }
  }

  #scale(now: number): void {
    let busyLanes = 0
    for (const worker of this.workers.values()) busyLanes += worker.busyLanes
    const before = this.desired
    const next = scale(
      {
        desired: before,
        min: this.#options.cheaper ?? 1,
        max: this.#options.processes,
        step: this.#options['cheaper-step'],
        oldestWaitMs: this.#dispatcher.oldestWaitMs(now),
        busyLanes,
        threads: this.#options.threads,
        calmSince: this.#calmSince,
      },
      now,
    )
    this.desired = next.desired
    this.#calmSince = next.calmSince
    if (before !== next.desired) this.#log.info('workers wanted', { workers: next.desired, before })
  }
}

const withJitter = (limit: number, delta: number = limit / 10): number =>
  limit === 0 ? 0 : limit + Math.floor(Math.random() * (delta + 1))

const signalNames = Object.fromEntries(
  Object.entries(constants.signals).map(([name, number]) => [number, name]),
)

function endingOf(worker: Worker): string {
  const { ending } = worker
  if (ending === undefined) return worker.killedFor === undefined ? 'unknown' : `killed (${worker.killedFor})`
  if (ending.signal !== null) return `signal ${signalNames[ending.signal] ?? ending.signal}`
  return `exit code ${ending.code}`
}
