// The supervisor: carries out what plan.ts decides, and tells plan.ts what it sees. The only file that knows workers,
// generations and lanes at once; requests are the dispatcher's business, limits and reasons the plan's.

import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import type { Dispatcher, DispatchListener } from './dispatch.ts'
import { Endings } from './endings.ts'
import { wasStarted } from './frames.ts'
import type { Generation } from './generation.ts'
import type { Job } from './job.ts'
import { Lane } from './lane.ts'
import { LaneServer } from './lane-server.ts'
import { LineReader } from './lines.ts'
import { notifyAlone } from './notify.ts'
import { Overtime } from './overtime.ts'
import { backoffMs, type PoolView, plan, type Step } from './plan.ts'
import { type ReloadResult, Rollout, type RolloutHost } from './rollout.ts'
import { readMemory } from './rss.ts'
import { scale } from './scale.ts'
import { Started } from './started.ts'
import { type Failure, interpreter } from './template.ts'
import { Worker } from './worker.ts'

const memoryLimits = ['reload-on-rss', 'evil-reload-on-rss', 'reload-on-as', 'evil-reload-on-as'] as const
const tickMs = 500

export class Pool implements DispatchListener, RolloutHost {
  readonly workers = new Map<number, Worker>()
  readonly startedAt = performance.now()
  groups: readonly number[] = []
  desired: number
  /** `uwsgi.reload()` of an application. */
  onReloadWish = (): void => void this.reload()
  readonly #options: GatewayOptions
  readonly #dispatcher: Dispatcher
  readonly #log: Log
  readonly #server: LaneServer
  readonly #rollout: Rollout
  readonly #endings: Endings
  readonly #startedBase: string
  readonly #overtime: Overtime
  #lastWorkerId = 0
  #calmSince = 0
  #stopping = false
  #tick: NodeJS.Timeout | undefined
  #planDue = false
  #emptied: (() => void) | undefined

  constructor(options: GatewayOptions, dispatcher: Dispatcher, log: Log) {
    this.#options = options
    this.#dispatcher = dispatcher
    this.#log = log
    this.desired =
      options.cheaper === undefined ? options.processes : (options['cheaper-initial'] ?? options.cheaper)
    this.#startedBase = join(options['run-dir'], `started-${process.pid}`)
    this.#overtime = new Overtime(options, dispatcher, log, {
      hasBegun: (lane) => this.hasBegun(lane),
      retire: (worker) => this.#retire(worker),
    })
    dispatcher.listener = this
    const token = randomBytes(16).toString('hex')
    this.#server = new LaneServer(join(options['run-dir'], `lanes-${process.pid}.sock`), token, {
      lane: (hello, socket) => this.#onLane(hello.workerId, hello.lane, socket),
      helm: (hello, socket) => this.#onHelm(hello.workerId, hello.pid, socket),
      refused: (reason) => log.warning('connection to lanes.sock refused', { reason }),
    })
    this.#endings = new Endings(dispatcher, log, (worker) => this.#onEnd(worker))
    this.#rollout = new Rollout(options, log, this, {
      lanes: this.#server.path,
      token,
      started: this.#startedBase,
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
      this.#dispatcher.absent = new PosternError('APP_ABSENT', undefined)
      this.#dispatcher.refuseAll(() => new PosternError('APP_ABSENT', undefined))
      await new Promise((resolve) => setTimeout(resolve, Math.max(1_000, backoffMs(failures + 3))))
      // Somebody may have asked for a reload meanwhile.
      if (this.#rollout.current !== undefined || this.#stopping) return
    }
  }

  /** New code: resolves when every worker runs it, or when it did not load and the old one stays. */
  async reload(): Promise<ReloadResult> {
    const result = await this.#rollout.reload()
    if (result.ok) this.#dispatcher.absent = undefined
    return result
  }

  /** Lets what runs finish (at most `limitMs`), then nothing is left. Call when no request can come any more. */
  async stop(limitMs: number): Promise<void> {
    this.#stopping = true
    this.#rollout.cancel()
    this.plan()
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
    for (const worker of this.workers.values()) worker.started?.remove()
    this.#rollout.kill()
    this.#server.close()
  }

  /** TTIN, TTOU, `postern worker add|remove`: the number wanted from now on. */
  want(workers: number): number {
    this.desired = Math.max(1, Math.min(1024, workers))
    this.#log.info('workers wanted', { workers: this.desired })
    this.plan()
    return this.desired
  }

  /** A reload has brought other options. */
  optionsChanged(changed: readonly string[]): void {
    if (!changed.some((name) => ['processes', 'cheaper', 'cheaper-initial'].includes(name))) return
    const { processes, cheaper } = this.#options
    this.want(cheaper === undefined ? processes : Math.max(cheaper, Math.min(this.desired, processes)))
  }

  /** Process groups that end with the gateway even if it is killed: a template sees to it. */
  keepGroups(groups: readonly number[]): void {
    this.groups = groups
    this.#rollout.keepGroups()
  }

  notify(text: string): void {
    if (process.env.NOTIFY_SOCKET === undefined) return
    const template = this.current?.template
    if (template?.state === 'loaded') template.notify(text)
    else notifyAlone(interpreter(this.#options), text)
  }

  get current(): Generation | undefined {
    return this.#rollout.current
  }

  get reloads(): number {
    return this.#rollout.reloads
  }

  get restarts(): Record<string, number> {
    return this.#endings.causes
  }

  get readyCount(): number {
    let count = 0
    for (const worker of this.workers.values()) if (worker.state === 'ready') count += 1
    return count
  }

  laneClosed(lane: Lane): void {
    const worker = lane.host as Worker
    this.#endings.laneClosed(worker, lane)
    this.#retire(worker)
  }

  requestDone(lane: Lane, job: Job): void {
    const worker = lane.host as Worker
    worker.count(job)
    if (worker.requests === worker.requestLimit || worker.state === 'condemned') this.#planSoon()
  }

  /** Its last request was answered, cancelled or given back. */
  retiredIdle(lane: Lane): void {
    const worker = lane.host as Worker
    if (worker.state === 'draining') this.#tellDrain(worker)
  }

  answered(lane: Lane): number {
    return (lane.host as Worker).started?.answered(lane.index) ?? 0
  }

  hasBegun(lane: Lane): boolean {
    const [job] = lane.jobs
    const { slot } = (lane.host as Worker).left(lane.index)
    return job === undefined || slot === undefined || wasStarted(job.id, slot)
  }

  spawn(generation: Generation): Worker {
    this.#lastWorkerId += 1
    const worker = new Worker(this.#lastWorkerId, generation.number, performance.now(), (broken, error) => {
      this.#log.error('worker broke its lane', { worker: broken.workerId, reason: error.message })
      broken.kill('broken')
    })
    worker.threads = generation.threads
    worker.requestLimit = withJitter(this.#options['max-requests'], this.#options['max-requests-delta'])
    const lifetime = this.#options['max-worker-lifetime']
    worker.lifetimeMs = withJitter(
      lifetime * 1000,
      (this.#options['max-worker-lifetime-delta'] ?? lifetime / 10) * 1000,
    )
    this.workers.set(worker.workerId, worker)
    try {
      worker.started = new Started(this.#startedBase, worker.workerId, worker.threads)
      worker.template = generation.template
      generation.template?.fork(worker.workerId)
    } catch (error) {
      // No file descriptor or no space left: like a worker that died at birth, it is tried again later.
      this.#log.error('worker cannot be started', {
        worker: worker.workerId,
        reason: (error as Error).message,
      })
      worker.ending = { code: 71, signal: null }
      setImmediate(() => this.#endings.now(worker))
    }
    return worker
  }

  forked(id: number, pid: number): void {
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
    socket.on('close', () => this.#endings.soon(worker))
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
      worker.failed = message.failed as Failure
    } else if (message.reload === true || message.stop === true) this.#onWish(message)
    else if (Array.isArray(message.ids)) {
      worker.lanes.find((lane) => lane.index === message.gave_back)?.givenBack(message.ids as number[])
    } else if (typeof message.stacks === 'string') {
      worker.stacksSeen = true
      this.#log.block('stacks', message.stacks, { worker: worker.workerId, pid: worker.pid })
      this.#planSoon()
    }
  }

  /** `uwsgi.reload()` and `uwsgi.stop()`, called by the application. */
  #onWish(message: Record<string, unknown>): void {
    this.#log.info('the application asked for it', { wish: message.stop === true ? 'stop' : 'reload' })
    if (message.stop === true) process.kill(process.pid, 'SIGTERM')
    else this.onReloadWish()
  }

  #onReady(worker: Worker): void {
    if (worker.state !== 'booting' || !worker.saidReady || worker.lanes.length < worker.threads) return
    const now = performance.now()
    worker.enter('ready', now)
    for (const lane of worker.lanes) this.#dispatcher.addLane(lane)
    this.#log.info('worker ready', {
      worker: worker.workerId,
      pid: worker.pid,
      generation: worker.generation,
      ms: Math.round(now - worker.bornAt),
    })
    if (worker === this.#rollout.canary) this.#endings.forgive()
    this.#rollout.workerReady(worker)
    this.plan()
  }

  exited(id: number, ending: { code: number | null; signal: number | null }): void {
    const worker = this.workers.get(id)
    if (worker === undefined) return
    worker.ending = ending
    this.#endings.soon(worker)
  }

  /** Forks that a dead template was asked for and never made. */
  dropUnborn(generation: number): void {
    for (const worker of this.workers.values()) {
      if (worker.pid === 0 && worker.generation === generation) this.#endings.now(worker)
    }
  }

  #onEnd(worker: Worker): void {
    this.workers.delete(worker.workerId)
    this.#rollout.workerEnded(worker)
    if (this.workers.size === 0) this.#emptied?.()
    this.plan()
  }

  /** Figures that workers keep to themselves are taken in: who reads the tally next sees all of them. */
  settle(): void {
    for (const worker of this.workers.values()) settleQuiet(worker)
  }

  #retire(worker: Worker): void {
    settleQuiet(worker)
    for (const lane of worker.lanes) {
      this.#dispatcher.retire(lane)
      if (lane.open && lane.jobs.length > 1) worker.askGiveBack(lane.index)
    }
  }

  #tellDrain(worker: Worker): void {
    if (worker.busyLanes > 0 || worker.drainTold) return
    worker.drainTold = true
    worker.tell({ drain: true })
  }

  #planSoon(): void {
    if (this.#planDue) return
    this.#planDue = true
    setImmediate(() => this.plan())
  }

  plan(): void {
    this.#planDue = false
    if (this.current === undefined && !this.#stopping) return
    const options = this.#options
    const steps = plan(this.#view(), performance.now(), {
      bootMs: options['boot-timeout'] * 1000,
      mercyMs: options['worker-reload-mercy'] * 1000,
      minLifetimeMs: options['min-worker-lifetime'] * 1000,
      rssBytes: options['reload-on-rss'] * 2 ** 20,
      evilRssBytes: options['evil-reload-on-rss'] * 2 ** 20,
      asBytes: options['reload-on-as'] * 2 ** 20,
      evilAsBytes: options['evil-reload-on-as'] * 2 ** 20,
    })
    for (const step of steps) this.#act(step)
    this.#rollout.check()
  }

  #act(step: Step): void {
    if (step.do === 'spawn') {
      this.spawn(this.current as Generation)
      return
    }
    const worker = this.workers.get(step.worker)
    if (worker === undefined) return
    if (step.do === 'kill') {
      if (worker.killedFor !== undefined) return
      const why = worker.leavingFor ?? step.why
      this.#log.warning('worker killed', { worker: worker.workerId, pid: worker.pid, why })
      worker.kill(step.why)
      if (worker.pid === 0) this.#endings.now(worker)
      return
    }
    worker.leavingFor = step.why
    worker.enter('draining', performance.now())
    this.#retire(worker)
    this.#tellDrain(worker)
  }

  #view(): PoolView {
    const { canary } = this.#rollout
    const number = this.current?.number ?? 0
    return {
      generation: number,
      canFork: this.current?.canFork ?? false,
      desired: this.desired,
      workers: [...this.workers.values()]
        .filter((worker) => worker !== canary || this.#stopping)
        .map((worker) => worker.view()),
      failures: this.#endings.failures,
      lastFailureAt: this.#endings.lastFailureAt,
      stopping: this.#stopping,
    }
  }

  #onTick(): void {
    this.settle()
    const now = performance.now()
    if (memoryLimits.some((name) => this.#options[name] > 0)) this.readRss()
    this.#endings.forgive(now)
    for (const worker of this.workers.values()) if (worker.state === 'draining') this.#tellDrain(worker)
    this.#overtime.look(this.workers, now)
    if (this.#options.cheaper !== undefined && !this.#rollout.isRunning) this.#scale(now)
    const { canary } = this.#rollout
    if (canary !== undefined && now - canary.bornAt > this.#options['boot-timeout'] * 1000) {
      canary.kill('boot-timeout')
    }
    this.plan()
  }

  readRss(): void {
    for (const worker of this.workers.values()) {
      if (worker.pid !== 0) Object.assign(worker, readMemory(worker.pid))
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

function settleQuiet(worker: Worker): void {
  for (const lane of worker.lanes) if (lane.isQuiet) lane.settle(worker.left(lane.index))
}

const withJitter = (limit: number, delta: number = limit / 10): number =>
  limit === 0 ? 0 : limit + Math.floor(Math.random() * (delta + 1))
