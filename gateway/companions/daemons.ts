// attach-daemon, smart-attach-daemon: commands that live as long as the gateway. Started again when they end, ever more
// slowly if they end at once; stopped with their whole process group. A reload is new code for the first kind (a Celery
// worker), nothing for the second (a cache).

import type { ChildProcess } from 'node:child_process'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import { ended, signalGroup, startCommand } from './shell.ts'

const pauseMs = 1_000
const pauseLimitMs = 60_000
/** A daemon that lived so long is healthy: the next pause is the shortest again. */
const healthyMs = 10_000
/** After SIGTERM; then SIGKILL. */
const mercyMs = 5_000

const kinds = ['attach-daemon', 'smart-attach-daemon'] as const

type Daemon = { command: string; renewed: boolean }

export class Daemons {
  private wanted = new Map<string, Daemon>()
  private readonly running = new Map<string, ChildProcess>()
  private readonly timers = new Map<string, NodeJS.Timeout>()
  private stopping = false
  private readonly options: GatewayOptions
  private readonly log: Log

  private readonly onGroups: (groups: number[]) => void

  /** `onGroups` hears the process groups that are there, whenever that changes. */
  constructor(options: GatewayOptions, log: Log, onGroups: (groups: number[]) => void) {
    this.options = options
    this.log = log
    this.onGroups = onGroups
    this.follow()
  }

  /** New code is in service: what the options name now runs with it. */
  reload(): void {
    const before = this.wanted
    this.follow()
    for (const [key, child] of this.running) {
      const daemon = this.wanted.get(key)
      // Those just started have the new code.
      if (before.has(key) && (daemon === undefined || daemon.renewed)) this.end(child)
    }
  }

  private follow(): void {
    this.wanted = new Map(
      kinds.flatMap((kind) =>
        this.options[kind].map((command, index): [string, Daemon] => [
          `${kind} ${index} ${command}`,
          { command, renewed: kind === 'attach-daemon' },
        ]),
      ),
    )
    for (const [key, { command }] of this.wanted) {
      if (!this.running.has(key) && !this.timers.has(key)) this.start(key, command, 0)
    }
  }

  private start(key: string, command: string, failures: number): void {
    const born = performance.now()
    const child = startCommand(command, this.options, this.log)
    this.running.set(key, child)
    this.log.info('daemon started', { pid: child.pid, command })
    this.tellGroups()
    void ended(child).then((ending) => {
      this.running.delete(key)
      this.tellGroups()
      if (this.stopping || !this.wanted.has(key)) return
      if (this.told.has(child)) return this.start(key, command, 0)
      const early = performance.now() - born < healthyMs ? failures + 1 : 0
      const wait = Math.min(pauseLimitMs, pauseMs * 2 ** Math.max(0, early - 1))
      this.log.warning('daemon ended', { pid: child.pid, command, ending, again: `${wait / 1000}s` })
      const timer = setTimeout(() => {
        this.timers.delete(key)
        if (this.wanted.has(key)) this.start(key, command, early)
      }, wait)
      this.timers.set(key, timer)
    })
  }

  private tellGroups(): void {
    this.onGroups([...this.running.values()].map(({ pid }) => pid).filter((pid) => pid !== undefined))
  }

  /** Told to end by us: no reason to wait before the next. */
  private readonly told = new WeakSet<ChildProcess>()

  private end(child: ChildProcess): void {
    this.told.add(child)
    signalGroup(child, 'SIGTERM')
    const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), mercyMs)
    kill.unref()
    void ended(child).then(() => clearTimeout(kill))
  }

  /** Resolves when all are gone. */
  async stop(): Promise<void> {
    this.stopping = true
    for (const timer of this.timers.values()) clearTimeout(timer)
    const children = [...this.running.values()]
    for (const child of children) signalGroup(child, 'SIGTERM')
    const kill = setTimeout(() => this.kill(), mercyMs)
    await Promise.all(
      children.map((child) => (child.exitCode === null && child.signalCode === null ? ended(child) : '')),
    )
    clearTimeout(kill)
  }

  kill(): void {
    this.stopping = true
    for (const timer of this.timers.values()) clearTimeout(timer)
    for (const child of this.running.values()) signalGroup(child, 'SIGKILL')
  }
}
