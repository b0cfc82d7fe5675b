// Generations of the code: one in service, perhaps one that is coming, and old ones until their last worker is gone.
// Knows how new code proves itself (its template loads, its first worker is ready) and when a reload is complete.
// Which worker leaves when is the plan's business, processes are the pool's.

import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import { Generation, logFailure, notLoaded } from './generation.ts'
import { type Failure, interpreter, type TemplateBoot } from './template.ts'
import { endingOf, type Worker } from './worker.ts'

export type ReloadResult =
  | { ok: true; generation: number }
  | { ok: false; error: PosternError; failure?: Failure | undefined }

/** What a rollout needs of the pool. */
export interface RolloutHost {
  readonly workers: ReadonlyMap<number, Worker>
  readonly desired: number
  /** Process groups of daemons, which end with the gateway. */
  readonly groups: readonly number[]
  spawn(generation: Generation): Worker
  plan(): void
  forked(workerId: number, pid: number): void
  exited(workerId: number, ending: { code: number | null; signal: number | null }): void
  /** Tells systemd, if it started us. */
  notify(text: string): void
  /** Forks that a dead template was asked for and never made. */
  dropUnborn(generation: number): void
}

export class Rollout {
  current: Generation | undefined
  reloads = 0
  readonly #options: GatewayOptions
  readonly #log: Log
  readonly #host: RolloutHost
  readonly #boot: Pick<TemplateBoot, 'lanes' | 'token' | 'started'>
  #number = 0
  #next: Generation | undefined
  #canary: Worker | undefined
  #old: Generation[] = []
  #running: Promise<ReloadResult> | undefined
  #settle: ((result: ReloadResult) => void) | undefined

  constructor(
    options: GatewayOptions,
    log: Log,
    host: RolloutHost,
    boot: Pick<TemplateBoot, 'lanes' | 'token' | 'started'>,
  ) {
    this.#options = options
    this.#log = log
    this.#host = host
    this.#boot = boot
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** The worker that has to prove the new code; it is not yet the plan's. */
  get canary(): Worker | undefined {
    return this.#canary
  }

  /** Resolves when every worker runs the new code, or when it did not load. A second call waits for the first, then reloads. */
  reload(): Promise<ReloadResult> {
    if (this.#running !== undefined) return this.#running.then(() => this.reload())
    this.#running = new Promise<ReloadResult>((resolve) => {
      this.#settle = resolve
    })
    this.#number += 1
    const boot = {
      ...this.#boot,
      // Its own copy: a template that is healed later is the same code with the same options.
      options: { ...this.#options },
      generation: this.#number,
      preload: this.#options.preload !== 'off',
    }
    this.#next = new Generation(boot, this.#options['boot-timeout'] * 1000, this.#log, {
      canFork: (generation) => this.#onCanFork(generation),
      forked: (id, pid) => this.#host.forked(id, pid),
      exited: (id, ending) => this.#host.exited(id, ending),
      failed: (generation, error, failure) => this.#fail(generation, error, failure),
      templateDied: (generation) => this.#host.dropUnborn(generation.number),
    })
    this.#log.info(this.current === undefined ? 'loading' : 'reloading', { generation: this.#number })
    if (this.current !== undefined)
      this.#host.notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
    this.#next.start()
    return this.#running
  }

  /** A worker is ready: if it is the one that proves new code, that code goes into service. */
  workerReady(worker: Worker): void {
    const next = this.#next
    if (worker !== this.#canary || next === undefined) return
    this.#canary = undefined
    this.#next = undefined
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

  /** A worker is gone: if it was to prove new code, that code has failed. */
  workerEnded(worker: Worker): void {
    const failure = worker.failed
    if (worker === this.#canary && this.#next !== undefined) {
      const error = failure
        ? notLoaded(failure)
        : new PosternError('WORKER_NOT_BOOTED', {
            python: interpreter(this.#options),
            reason: endingOf(worker),
          })
      this.#fail(this.#next, error, failure)
    } else if (worker.readyAt === 0 && failure !== undefined) {
      logFailure(this.#log, notLoaded(failure), failure)
    }
  }

  /** Looks whether the exchange of workers is complete, and whether old code can go. */
  check(): void {
    const { current } = this
    if (current === undefined) return
    const workers = [...this.#host.workers.values()]
    for (const old of [...this.#old]) {
      if (workers.some((worker) => worker.generation === old.number)) continue
      old.retire()
      this.#old.splice(this.#old.indexOf(old), 1)
    }
    if (this.#running === undefined || this.#next !== undefined) return
    const ready = workers.filter((worker) => worker.state === 'ready')
    if (ready.some((worker) => worker.generation !== current.number)) return
    if (ready.length >= this.#host.desired) this.#settled({ ok: true, generation: current.number })
  }

  kill(): void {
    for (const generation of [...this.#old, this.current, this.#next]) generation?.kill()
  }

  /** Gives up on code that is still coming. */
  cancel(): void {
    this.#next?.kill()
  }

  /** Every template knows what would be left behind. */
  keepGroups(): void {
    for (const generation of [...this.#old, this.current, this.#next]) {
      if (generation?.canFork) generation.template?.keepGroups(this.#host.groups)
    }
  }

  #onCanFork(generation: Generation): void {
    generation.template?.keepGroups(this.#host.groups)
    if (generation === this.#next && generation.state === 'coming')
      this.#canary = this.#host.spawn(generation)
    else this.#host.plan()
  }

  #fail(generation: Generation, error: PosternError, failure: Failure | undefined): void {
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
    this.#running = undefined
    if (this.#number > 1) this.#host.notify('READY=1')
    this.#settle?.(result)
    this.#settle = undefined
  }
}
