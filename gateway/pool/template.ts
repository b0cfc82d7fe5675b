// A template process: imports the application once and forks workers on request. One per generation (and its successors,
// when it dies). Knows the channel's JSON lines; what to do about them is the pool's business.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { type Duplex, PassThrough, type Readable } from 'node:stream'
import { PosternError } from '../../errors.ts'
import type { GatewayOptions } from '../options.ts'
import { LineReader, writeLine } from './lines.ts'

export type Failure = {
  target?: string
  reason?: string
  traceback?: string
  hint?: string
  sys_path?: string[]
}
export type Loaded = { target?: string; modules?: number; ms?: number; versions?: Record<string, string> }

export type TemplateHandler = {
  loaded(facts: Loaded): void
  failed(failure: Failure): void
  unsafe(reason: string): void
  forked(workerId: number, pid: number): void
  exited(workerId: number, ending: { code: number | null; signal: number | null }): void
  /** The process is gone; `error` when it could not even be started. */
  gone(ending: { code: number | null; signal: string | null; error?: Error }): void
  output(bytes: Buffer): void
}

export type TemplateBoot = {
  options: GatewayOptions
  lanes: string
  token: string
  generation: number
  started: string
  preload: boolean
}

/** The folder that holds `postern_worker`: beside the bundle, or in the source tree. */
export function workerPackage(): string {
  const here = import.meta.dirname
  const found = ['python', '../python', '../gateway/python', '../../gateway/python', 'gateway/python']
    .map((place) => join(here, place))
    .find((place) => existsSync(join(place, 'postern_worker', '__main__.py')))
  if (found === undefined) throw new PosternError('WORKER_PACKAGE_MISSING', { beside: here })
  return found
}

export const interpreter = (options: GatewayOptions): string =>
  options.home === undefined ? options.python : join(resolve(options.home), 'bin', 'python')

export class Template {
  readonly boot: TemplateBoot
  readonly process: ChildProcess
  state: 'starting' | 'loaded' | 'gone' = 'starting'
  readonly #channel: Duplex

  constructor(boot: TemplateBoot, handler: TemplateHandler) {
    this.boot = boot
    const { options } = boot
    const python = workerPackage()
    const inherited = process.env.PYTHONPATH
    this.process = spawn(interpreter(options), ['-m', 'postern_worker'], {
      env: {
        PYTHONUNBUFFERED: '1',
        ...process.env,
        ...options.env,
        PYTHONPATH: inherited ? `${python}:${inherited}` : python,
      },
      // The last one only for descriptors: Node.js sends them no other way.
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'],
    })
    this.process.once('error', (error) => {
      this.state = 'gone'
      handler.gone({ code: null, signal: null, error })
    })
    // Without a file descriptor left there are no pipes; the error is told in a moment.
    this.#channel = (this.process.stdio?.[3] as Duplex | undefined) ?? new PassThrough()
    if (this.process.stdio === undefined) return
    const lines = new LineReader()
    this.#channel.on('error', () => {}) // EPIPE and the like: the exit that follows says it
    this.#channel.on('data', (chunk: Buffer) => {
      for (const message of lines.push(chunk)) this.#hear(message, handler)
    })
    for (const stream of [this.process.stdout, this.process.stderr] as Readable[]) {
      stream.on('data', (chunk: Buffer) => handler.output(chunk))
    }
    this.process.once('exit', (code, signal) => {
      // The end of another process makes libuv look after this one, too, perhaps before its last words were read: after the
      // next turn they have been. Not the channel's end: a process the application forked may hold it.
      setImmediate(() =>
        setImmediate(() => {
          if (this.state === 'gone') return
          this.state = 'gone'
          handler.gone({ code, signal })
        }),
      )
    })
    this.#channel.write(writeLine({ boot }))
  }

  fork(workerId: number): void {
    this.#tell({ fork: workerId })
  }

  /** Passes a connection's descriptor on to a worker; false when there is no way any more. */
  pass(handle: unknown, place: { worker: number; lane: number; connection: number }): boolean {
    if (!this.process.connected) return false
    // Node.js takes its own handles too: unlike a Socket, one is not taken from the sender.
    this.process.send(place, handle as Socket, {}, () => {})
    return true
  }

  /** A line for systemd, sent by Python because Node.js has no Unix datagram sockets. */
  notify(text: string): void {
    this.#tell({ notify: text })
  }

  /** Process groups that must not outlive the gateway: whoever notices its death ends them. */
  keepGroups(groups: readonly number[]): void {
    this.#tell({ groups })
  }

  quit(): void {
    this.#tell({ quit: true })
  }

  kill(): void {
    this.process.kill('SIGKILL')
  }

  /** Its Python stacks, printed by Python itself: an import hangs. */
  showStacks(): void {
    this.process.kill('SIGQUIT')
  }

  /** For who wants to know where it is. */
  facts(): { pid: number | undefined; hint: string } {
    const { pid } = this.process
    return { pid, hint: `\`kill -QUIT ${pid}\` prints where the import is` }
  }

  #tell(message: unknown): void {
    if (this.state !== 'gone' && this.#channel.writable) this.#channel.write(writeLine(message))
  }

  #hear(message: Record<string, unknown>, handler: TemplateHandler): void {
    if (message.loaded === true) {
      this.state = 'loaded'
      handler.loaded(message as Loaded)
    } else if (typeof message.failed === 'object') handler.failed(message.failed as Failure)
    else if (typeof message.unsafe === 'string') handler.unsafe(message.unsafe)
    else if (typeof message.forked === 'number') handler.forked(message.forked, message.pid as number)
    else if (typeof message.exited === 'number') {
      handler.exited(message.exited, {
        code: (message.code ?? null) as number | null,
        signal: (message.signal ?? null) as number | null,
      })
    }
  }
}
