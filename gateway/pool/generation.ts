// One generation of the code: its template, and the successors of a template that died. Knows how a generation comes up
// (template loads, first worker is ready) and how it fails; which workers it should have is the plan's business.

import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import {
  type Failure,
  interpreter,
  type Loaded,
  Template,
  type TemplateBoot,
  type TemplateHandler,
} from './template.ts'

export type GenerationHooks = {
  /** The template can fork now (again, after it was healed). */
  canFork(generation: Generation): void
  forked(workerId: number, pid: number): void
  exited(workerId: number, ending: { code: number | null; signal: number | null }): void
  /** It will not come up: application or interpreter. */
  failed(generation: Generation, error: PosternError, failure: Failure | undefined): void
  templateDied(generation: Generation): void
}

const healDelayMs = 200
/** An import that takes longer is worth a line. */
const stillLoadingMs = 15_000
/** For a hanging import to print where it is. */
const stacksMs = 300
const healDelayLimitMs = 10_000

export class Generation {
  readonly number: number
  template: Template | undefined
  /** `coming`: not proven; `serving`: a worker of it was ready; `over`: failed or replaced. */
  state: 'coming' | 'serving' | 'over' = 'coming'
  loaded: Loaded | undefined
  readonly #boot: TemplateBoot
  readonly #hooks: GenerationHooks
  readonly #log: Log
  readonly #bootLimitMs: number
  #timer: NodeJS.Timeout | undefined
  #heals = 0

  constructor(boot: TemplateBoot, bootLimitMs: number, log: Log, hooks: GenerationHooks) {
    this.number = boot.generation
    this.#boot = boot
    this.#bootLimitMs = bootLimitMs
    this.#log = log
    this.#hooks = hooks
  }

  get canFork(): boolean {
    return this.template?.state === 'loaded'
  }

  get threads(): number {
    return this.#boot.options.threads
  }

  get preload(): boolean {
    return this.#boot.preload
  }

  start(): void {
    let told = false
    const template = new Template(this.#boot, {
      ...this.#outputs(),
      loaded: (facts) => {
        told = true
        clearTimeout(this.#timer)
        this.loaded = facts
        this.#heals = 0
        this.#hooks.canFork(this)
      },
      failed: (failure) => {
        told = true
        clearTimeout(this.#timer)
        this.#fail(notLoaded(failure), failure)
      },
      unsafe: (reason) => {
        told = true
        clearTimeout(this.#timer)
        this.#log.warning('application is loaded by every worker on its own', {
          generation: this.number,
          reason,
        })
        template.quit()
        this.#boot.preload = false
        this.start()
      },
      gone: (ending) => {
        clearTimeout(this.#timer)
        if (template !== this.template || this.state === 'over') return
        if (told && this.loaded === undefined) return
        const reason = ending.error?.message ?? endingText(ending)
        if (!told) return this.#fail(this.#notBooted(reason), undefined)
        this.#log.error('template died', { generation: this.number, reason })
        this.#hooks.templateDied(this)
        this.#heal()
      },
    })
    this.template = template
    const limit = this.#bootLimitMs
    const giveUp = (): void => {
      template.kill()
      this.#fail(
        this.#notBooted(`the application was not loaded within boot-timeout = ${limit / 1000} s`),
        undefined,
      )
    }
    const expire = (): void => {
      told = true
      template.showStacks()
      this.#timer = setTimeout(giveUp, stacksMs)
    }
    if (limit <= stillLoadingMs) this.#timer = setTimeout(expire, limit)
    else {
      this.#timer = setTimeout(() => {
        this.#log.warning('still loading', { generation: this.number, ...template.facts() })
        this.#timer = setTimeout(expire, limit - stillLoadingMs)
      }, stillLoadingMs)
    }
  }

  /** No more forks; the workers go on. */
  retire(): void {
    this.state = 'over'
    clearTimeout(this.#timer)
    this.template?.quit()
  }

  kill(): void {
    this.state = 'over'
    clearTimeout(this.#timer)
    if (this.template?.state !== 'gone') this.template?.kill()
  }

  #outputs(): Pick<TemplateHandler, 'forked' | 'exited' | 'output'> {
    return {
      forked: (id, pid) => this.#hooks.forked(id, pid),
      exited: (id, ending) => this.#hooks.exited(id, ending),
      output: (bytes) => this.#log.output(bytes),
    }
  }

  #notBooted(reason: string): PosternError {
    return new PosternError('WORKER_NOT_BOOTED', { python: interpreter(this.#boot.options), reason })
  }

  #fail(error: PosternError, failure: Failure | undefined): void {
    if (this.state === 'coming') {
      this.state = 'over'
      this.#hooks.failed(this, error, failure)
    } else if (this.state === 'serving') {
      logFailure(this.#log, error, failure)
      this.#heal()
    }
  }

  #heal(): void {
    const delay = Math.min(healDelayLimitMs, healDelayMs * 2 ** this.#heals)
    this.#heals += 1
    this.#timer = setTimeout(() => this.start(), delay)
  }
}

export const notLoaded = (failure: Failure): PosternError =>
  new PosternError('APP_NOT_LOADED', {
    target: failure.target ?? 'application',
    reason: failure.reason ?? 'no reason was given',
    hint: failure.hint || undefined,
  })

export function logFailure(log: Log, error: PosternError, failure: Failure | undefined): void {
  const facts = { code: error.code, reason: error.message, hint: failure?.hint || error.hint }
  if (failure?.traceback) log.block('application failed to load', withSearchPath(failure), facts)
  else log.error('start failed', facts)
}

/** Where modules were looked for, if that may be the fault. */
function withSearchPath({ traceback = '', reason = '', target, sys_path: path = [] }: Failure): string {
  if (!/^(ModuleNotFound|Import)Error/.test(reason)) return traceback
  return `${traceback.trimEnd()}\nsys.path of ${target}:\n${path.map((entry) => `  ${entry}`).join('\n')}\n`
}

export const endingText = (ending: { code: number | null; signal: string | number | null }): string =>
  ending.signal !== null ? `ended by ${ending.signal}` : `exited with code ${ending.code}`
