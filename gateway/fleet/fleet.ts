// Several gateways as one: one gateway process stops near 40,000 requests a second, so `gateways = N` runs N of them,
// each with its socket and its part of the workers; nginx balances. Starts, heals, reloads, stops; one status for all.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PosternError } from '../../errors.ts'
import { type Log, openLogs } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import { openAdmin, openStats } from '../outside/admin.ts'
import { type ControlAnswer, openControl } from '../outside/control.ts'
import { metricsText } from '../outside/metrics.ts'
import { openPidfile } from '../outside/pidfile.ts'
import type { Status } from '../outside/status.ts'
import { uwsgiStats } from '../outside/uwsgi-stats.ts'
import { Member } from './member.ts'
import { type Figures, mergeHistograms, mergeStatus } from './merge.ts'
import { fleetControl, memberOptions, memberRunDir } from './share.ts'

/** A member that died comes back after this pause, doubled each time it dies young, up to the limit. */
const RESPAWN_MS = 500
const RESPAWN_LIMIT_MS = 30_000
const YOUNG_MS = 10_000

class Fleet {
  private readonly options: GatewayOptions
  private readonly script: string
  private readonly log: Log
  private readonly members: Member[] = []
  private readonly closers: (() => void)[] = []
  private stopping = false
  private done: (code: number) => void = () => {}

  constructor(options: GatewayOptions, script: string, log: Log) {
    this.options = options
    this.script = script
    this.log = log
  }

  async run(onReady: () => void): Promise<number> {
    const over = new Promise<number>((resolve) => {
      this.done = resolve
    })
    this.onSignals()
    mkdirSync(this.options['run-dir'], { recursive: true, mode: 0o755 })
    for (let number = 1; number <= this.options.gateways; number++) this.members.push(this.spawn(number))
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
    this.log.info('fleet in service', { gateways: this.members.length })
    onReady()
    const code = await over
    for (const close of this.closers.splice(0)) close()
    return code
  }

  private spawn(number: number): Member {
    const runDir = memberRunDir(this.options['run-dir'], number)
    mkdirSync(runDir, { recursive: true, mode: 0o755 })
    const file = join(runDir, 'gateway.json')
    writeFileSync(file, `${JSON.stringify(memberOptions(this.options, number))}\n`, { mode: 0o600 })
    return new Member(number, this.script, file, runDir)
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
    process.on('SIGTTIN', () => void this.addWorkers(1))
    process.on('SIGTTOU', () => void this.addWorkers(-1))
    process.on('SIGPIPE', () => {})
  }

  private async stop(why: string): Promise<void> {
    if (this.stopping) {
      await this.endAll('SIGKILL')
      return this.done(1)
    }
    this.stopping = true
    this.log.info('stopping', { why })
    await this.endAll('SIGTERM')
    this.done(0)
  }

  private async endAll(signal: NodeJS.Signals): Promise<void> {
    this.stopping = true
    for (const member of this.members) member.kill(signal)
    await Promise.all(this.members.map((member) => member.ended))
  }

  /** One after the other: code that does not load stays out of service in all of them. */
  private async reload(): Promise<ControlAnswer> {
    let answer: ControlAnswer = { ok: true }
    for (const member of this.members) {
      answer = await member.ask({ command: 'reload' })
      if (!answer.ok) {
        this.log.error('reload stopped', { gateway: member.number, reason: String(answer.text) })
        return answer
      }
    }
    return answer
  }

  private async addWorkers(by: number): Promise<ControlAnswer> {
    const { workers } = await this.status()
    const count = (member: Member) =>
      workers.filter((worker) => Math.floor(worker.id / 1000) === member.number).length
    const sorted = [...this.members].sort((a, b) => (count(a) - count(b)) * by)
    const answer = await (sorted[0] as Member).ask({ command: 'worker', by })
    if (!answer.ok) return answer
    return { ok: true, wanted: (await this.status()).workersWanted }
  }

  private async figures(): Promise<Figures[]> {
    const answers = await Promise.all(this.members.map((member) => member.ask({ command: 'figures' })))
    const good = answers.filter((answer) => answer.ok) as unknown as Figures[]
    if (good.length === 0) throw new PosternError('NO_WORKER', undefined)
    return good
  }

  private async status(figures?: Figures[]): Promise<Status> {
    const statuses = (figures ?? (await this.figures())).map((one) => one.status)
    return mergeStatus(statuses, { pid: process.pid, rssBytes: process.memoryUsage.rss() })
  }

  private async metrics(): Promise<string> {
    const figures = await this.figures()
    return metricsText(await this.status(figures), {
      queueWait: mergeHistograms(figures.map((one) => one.queueWait)),
      appTime: mergeHistograms(figures.map((one) => one.appTime)),
    })
  }

  private async openDoors(): Promise<void> {
    const { options } = this
    const control = await openControl(resolve(fleetControl(options)), {
      status: async () => ({ ok: true, status: await this.status() }),
      reload: () => this.reload(),
      worker: (message) => this.addWorkers(Math.sign(Number(message.by))),
      reopen: () => {
        process.kill(process.pid, 'SIGUSR1')
        return { ok: true }
      },
      stop: () => {
        setImmediate(() => void this.stop('control socket'))
        return { ok: true, pid: process.pid }
      },
    })
    this.closers.push(() => control.close())
    const text = async (read: () => Promise<string>, type: string) => ({
      status: 200,
      type,
      text: await read(),
    })
    if (options.admin !== undefined) {
      const pages = {
        '/-/live': () => ({ status: 200, type: 'text/plain', text: 'live\n' }),
        '/-/ready': async () => {
          const { state } = await this.status()
          return { status: state === 'serving' ? 200 : 503, type: 'text/plain', text: `${state}\n` }
        },
        '/-/status': () =>
          text(async () => `${JSON.stringify(await this.status(), null, 2)}\n`, 'application/json'),
        '/metrics': () => text(() => this.metrics(), 'text/plain; version=0.0.4; charset=utf-8'),
      }
      const admin = await openAdmin(options.admin, pages)
      this.closers.push(() => admin.close())
    }
    if (options.stats !== undefined) {
      const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0]
      const read = async () => uwsgiStats(await this.status(), process.cwd(), uid, gid)
      const stats = await openStats(options.stats, read, options['stats-http'])
      this.closers.push(() => stats.close())
    }
    for (const path of [options.pidfile, options.pidfile2]) {
      if (path !== undefined) this.closers.push(openPidfile(resolve(path)))
    }
  }
}

/** Runs until told to stop; the promise is the exit code. `script` is what a member runs: the gateway's own entry. */
export function runFleet(
  options: GatewayOptions,
  script: string,
  onReady: () => void = () => {},
): Promise<number> {
  const log = openLogs(options)
  return new Fleet(options, script, log).run(onReady)
}
