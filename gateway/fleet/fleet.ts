// Several gateways as one: one gateway process stops near 40,000 requests a second, so `gateways = N` runs N of them,
// each with its socket and its part of the workers; nginx balances. Starts, heals, reloads, stops; one status for all.

import type { ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inheritedDescriptors } from '../inherited.ts'
import { type Log, openLogs } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import type { ControlAnswer } from '../outside/control.ts'
import { watchdogMicros } from '../outside/systemd.ts'
import { watchFiles } from '../outside/watch.ts'
import { notifyAlone } from '../pool/notify.ts'
import { interpreter } from '../pool/template.ts'
import { isTakingOver, noUpgrade, relieve, startSuccessor, type UpgradeAnswer } from '../upgrade.ts'
import { openFleetDoors } from './doors.ts'
import { addWorkers, fleetMetrics, fleetStatus } from './figures.ts'
import { Member } from './member.ts'
import { type Reread, reloadFleet } from './reload.ts'
import { fleetAddresses, memberOptions, memberRunDir } from './share.ts'

/** A member that died comes back after this pause, doubled each time it dies young, up to the limit. */
const RESPAWN_MS = 500
const RESPAWN_LIMIT_MS = 30_000
const YOUNG_MS = 10_000

class Fleet {
  private readonly options: GatewayOptions
  private readonly script: string
  private readonly log: Log
  private readonly reread: Reread
  private readonly members: Member[] = []
  private readonly closers: (() => void)[] = []
  /** Sockets that systemd or the replaced fleet has opened, in the order of `fleetAddresses`. */
  private readonly descriptors: readonly (number | null)[]
  private readonly takeOver = isTakingOver()
  private serving = false
  private successor: ChildProcess | undefined
  /** Whoever asked for the upgrade hears that it is done, before this process ends. */
  private relieved = (): void => {}
  private stopping = false
  private done: (code: number) => void = () => {}

  constructor(options: GatewayOptions, script: string, log: Log, reread: Reread) {
    this.reread = reread
    this.options = options
    this.script = script
    this.log = log
    const addresses = fleetAddresses(options).map(({ address }) => address)
    this.descriptors = inheritedDescriptors(addresses, process.env, process.pid)
  }

  async run(onReady: () => void): Promise<number> {
    const over = new Promise<number>((resolve) => {
      this.done = resolve
    })
    this.onSignals()
    mkdirSync(this.options['run-dir'], { recursive: true, mode: 0o755 })
    for (let number = 1; number <= this.options.gateways; number++) {
      this.members.push(this.spawn(number, this.takeOver))
    }
    if (this.takeOver) {
      // All of them take the sockets over, or none.
      const loaded = await Promise.all(this.members.map((member) => member.loaded))
      if (loaded.every(Boolean)) for (const member of this.members) member.tell('take over')
      else for (const member of this.members) member.kill('SIGTERM')
    }
    const ready = await Promise.all(this.members.map((member) => member.ready))
    if (this.stopping) return over
    const failed = ready.indexOf(false)
    if (failed >= 0) {
      const { code } = await (this.members[failed] as Member).ended
      await this.endAll('SIGTERM')
      return code ?? 70
    }
    for (const member of this.members) this.watch(member, 0)
    await this.openDoors()
    this.serving = true
    this.log.info('fleet in service', { gateways: this.members.length, pid: process.pid })
    this.notify(`READY=1\nMAINPID=${process.pid}\nSTATUS=${this.members.length} gateways serve`)
    onReady()
    relieve(this.log)
    const code = await over
    for (const close of this.closers.splice(0)) close()
    return code
  }

  private notify(text: string): void {
    notifyAlone(interpreter(this.options), text)
  }

  private spawn(number: number, takeOver = false): Member {
    const runDir = memberRunDir(this.options['run-dir'], number)
    mkdirSync(runDir, { recursive: true, mode: 0o755 })
    const mine = fleetAddresses(this.options).map(({ member }) => member === number)
    const descriptors = this.descriptors.filter((_, index) => mine[index])
    return new Member(number, this.script, this.write(number), runDir, { descriptors, takeOver })
  }

  /** The options of one member, where it reads them at start and at each reload. */
  private write(number: number): string {
    const file = join(memberRunDir(this.options['run-dir'], number), 'gateway.json')
    writeFileSync(file, `${JSON.stringify(memberOptions(this.options, number))}\n`, { mode: 0o600 })
    return file
  }

  private writeAll(): void {
    for (const { number } of this.members) this.write(number)
  }

  /** `died`: how often in a row it has died young. */
  private watch(member: Member, died: number): void {
    const born = performance.now()
    void member.ended.then(async ({ code, signal }) => {
      if (this.stopping) return
      const young = performance.now() - born < YOUNG_MS ? died + 1 : 0
      const pauseMs = Math.min(RESPAWN_LIMIT_MS, RESPAWN_MS * 2 ** young)
      this.log.error('gateway died', {
        gateway: member.number,
        pid: member.pid,
        code: code ?? '',
        signal: signal ?? '',
        pauseMs,
      })
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      if (this.stopping) return
      const heir = this.spawn(member.number)
      this.members[member.number - 1] = heir
      this.watch(heir, young)
      if (await heir.ready) this.log.info('gateway is back', { gateway: heir.number, pid: heir.pid })
    })
  }

  private onSignals(): void {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const)
      process.on(signal, () => void this.stop(signal))
    process.on('SIGHUP', () => void this.reload())
    process.on('SIGUSR1', () => {
      this.log.reopen()
      for (const member of this.members) member.kill('SIGUSR1')
    })
    process.on('SIGUSR2', () => void this.upgrade())
    process.on('SIGTTIN', () => void addWorkers(this.members, 1))
    process.on('SIGTTOU', () => void addWorkers(this.members, -1))
    process.on('SIGPIPE', () => {})
  }

  private async stop(why: string): Promise<void> {
    if (this.stopping) {
      await this.endAll('SIGKILL')
      return this.done(1)
    }
    this.stopping = true
    this.log.info('stopping', { why })
    this.notify('STOPPING=1')
    if (this.successor !== undefined) {
      this.relieved()
      for (const member of this.members) member.tell('replaced')
    }
    await this.endAll('SIGTERM')
    this.done(0)
  }

  /** The whole fleet is replaced by what is on disk now; this one goes on until that one serves. */
  private upgrade(): Promise<UpgradeAnswer> {
    if (!this.serving || this.stopping)
      return Promise.resolve(noUpgrade(this.log, 'it is starting or stopping'))
    if (this.successor !== undefined) return Promise.resolve(noUpgrade(this.log, 'an upgrade is on its way'))
    const bound = fleetAddresses(this.options).find(
      ({ address }, index) => !address.includes('/') && this.descriptors[index] === null,
    )
    if (process.env.POSTERN_INIT !== undefined || bound !== undefined) {
      const reason =
        bound === undefined
          ? 'process 1 is the container’s life'
          : `${bound.address} is a TCP address that its gateway has opened; systemd’s socket unit could hand it over`
      return Promise.resolve(noUpgrade(this.log, reason))
    }
    return new Promise((answer) => {
      this.successor = startSuccessor(this.descriptors, this.log, (text) => {
        this.successor = undefined
        answer({ ok: false, code: 'UPGRADE_FAILED', text })
      })
      this.relieved = () => answer({ ok: true, pid: this.successor?.pid as number })
    })
  }

  /** As long as systemd is told so, it lets us live; a member that says nothing for that long is killed, and comes back. */
  private startWatchdog(): void {
    const micros = watchdogMicros()
    if (micros === undefined) return
    const timer = setInterval(() => {
      this.notify('WATCHDOG=1')
      for (const member of this.members) {
        void member.ask({ command: 'status' }, micros / 1000).then((answer) => {
          if (answer.ok || answer.code !== 'MEMBER_STUCK' || this.stopping) return
          this.log.error('gateway is stuck', { gateway: member.number, pid: member.pid })
          member.kill('SIGKILL')
        })
      }
    }, micros / 2000)
    this.closers.push(() => clearInterval(timer))
  }

  private async endAll(signal: NodeJS.Signals): Promise<void> {
    this.stopping = true
    for (const member of this.members) member.kill(signal)
    await Promise.all(this.members.map((member) => member.ended))
  }

  /** One after the other: code that does not load stays out of service in all of them. */
  private async reload(): Promise<ControlAnswer> {
    this.notify(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
    const answer = await reloadFleet(this.options, this.members, this.reread, () => this.writeAll(), this.log)
    this.notify('READY=1')
    return answer
  }

  private async openDoors(): Promise<void> {
    this.startWatchdog()
    this.closers.push(
      await watchFiles(this.options, {
        reload: (path) => {
          this.log.info('reload asked for', { why: path })
          void this.reload()
        },
        reopen: () => process.kill(process.pid, 'SIGUSR1'),
        ready: (trees) => this.log.info('watching for changes', { in: trees.join(', ') }),
      }),
    )
    const view = {
      status: () => fleetStatus(this.members),
      metrics: () => fleetMetrics(this.members),
      reload: () => this.reload(),
      addWorkers: (by: number) => addWorkers(this.members, by),
      stop: () => void this.stop('control socket'),
      upgrade: () => this.upgrade(),
    }
    await openFleetDoors(this.options, this.takeOver, view, this.closers)
  }
}

/** Runs until told to stop; the promise is the exit code. `script` is what a member runs: the gateway's own entry. */
export function runFleet(
  options: GatewayOptions,
  script: string,
  { onReady = () => {}, reread }: { onReady?: () => void; reread?: Reread } = {},
): Promise<number> {
  const log = openLogs(options)
  return new Fleet(options, script, log, reread).run(onReady)
}
