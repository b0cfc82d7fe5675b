// attach-daemon: commands that live as long as the gateway. Started again when they end, ever more slowly if they end at
// once; stopped with their whole process group.

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

export class Daemons {
  private readonly running = new Map<number, ChildProcess>()
  private readonly timers = new Set<NodeJS.Timeout>()
  private stopping = false
  private readonly options: GatewayOptions
  private readonly log: Log

  constructor(options: GatewayOptions, log: Log) {
    this.options = options
    this.log = log
    for (const [index, command] of options['attach-daemon'].entries()) this.start(index, command, 0)
  }

  private start(index: number, command: string, failures: number): void {
    const born = performance.now()
    const child = startCommand(command, this.options, this.log)
    this.running.set(index, child)
    this.log.info('daemon started', { pid: child.pid, command })
    void ended(child).then((ending) => {
      this.running.delete(index)
      if (this.stopping) return
      const early = performance.now() - born < healthyMs ? failures + 1 : 0
      const wait = Math.min(pauseLimitMs, pauseMs * 2 ** Math.max(0, early - 1))
      this.log.warning('daemon ended', { pid: child.pid, command, ending, again: `${wait / 1000}s` })
      const timer = setTimeout(() => {
        this.timers.delete(timer)
        this.start(index, command, early)
      }, wait)
      this.timers.add(timer)
    })
  }

  /** Resolves when all are gone. */
  async stop(): Promise<void> {
    this.stopping = true
    for (const timer of this.timers) clearTimeout(timer)
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
    for (const timer of this.timers) clearTimeout(timer)
    for (const child of this.running.values()) signalGroup(child, 'SIGKILL')
  }
}
