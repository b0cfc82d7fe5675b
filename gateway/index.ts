// The gateway as a module: options in, a running gateway out. What Node programs import as `postern/gateway`.
// Ties listeners, dispatcher, pool and what is seen from outside together; knows no signals and never ends the process.

import { chownSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Companions } from './companions/companions.ts'
import { runExitHooks, runHooks } from './companions/shell.ts'
import type { Listeners } from './exchange.ts'
import { answerHealth, HealthDoor } from './health.ts'
import { withInherited } from './inherited.ts'
import type { ServedFile } from './listen/gate.ts'
import { openListeners } from './listen/listen.ts'
import { type Log, openLogs } from './log.ts'
import { type GatewayOptions, type GatewayOptionsInput, readOptions } from './options.ts'
import { accessLog } from './outside/access-log.ts'
import { controlCommands } from './outside/commands.ts'
import { openDoors } from './outside/doors.ts'
import { openPages } from './outside/pages.ts'
import { openPidfile, writePidfile } from './outside/pidfile.ts'
import { warnOfReach } from './outside/reach.ts'
import { readStatus, type Seen, type Status } from './outside/status.ts'
import { Dispatcher } from './pool/dispatch.ts'
import { Job } from './pool/job.ts'
import { Pool } from './pool/pool.ts'
import type { ReloadResult } from './pool/rollout.ts'
import { workerPackage } from './pool/template.ts'
import { dropPrivileges, readIdentity, requireReadable } from './privileges.ts'
import { Reloader } from './reload.ts'
import { openRunDir } from './run-dir.ts'
import { isTakingOver, stopGraceMs, type UpgradeAnswer } from './upgrade.ts'
import { version } from './version.ts'

export { type GatewayOptions, type GatewayOptionsInput, readOptions } from './options.ts'
export type { Status } from './outside/status.ts'
export type { ReloadResult } from './pool/rollout.ts'

export type Gateway = {
  readonly options: GatewayOptions
  /** Where it listens, with the real port for `:0`. */
  readonly addresses: readonly string[]
  readonly log: Log
  status(): Status
  /** Reads the configuration and loads the code anew; the old one stays in service if the new one does not load. */
  reload(): Promise<ReloadResult>
  /** Sets the number of workers. */
  want(workers: number): number
  /** Pauses or goes on: paused, new requests wait. True: paused now. */
  pause(): boolean
  /** Tells systemd, if it started us. */
  notify(text: string): void
  /** Stops accepting, answers what is there (at most `limitMs`, default `reload-mercy`), leaves nothing behind. */
  stop(limitMs?: number, graceMs?: number): Promise<void>
  /** File descriptors of the listening sockets that a successor inherits; null for socket files. */
  descriptors(): (number | null)[]
  /** Ends everything at once. */
  kill(): void
}

export type StartExtras = {
  log?: Log
  /** The configuration as it stands at a reload; throws if it is wrong. Default: the options stay. */
  reread?: () => GatewayOptionsInput
  /** Called when a reload has changed what is watched. */
  onChanged?: (options: GatewayOptions) => void
  /** What `postern stop`, `uwsgi.stop()` and the like end up calling; default: this gateway's `stop`. */
  onStopWish?: () => void
  /** What `postern apply` asks for when options have changed; without it, this gateway cannot be replaced. */
  onUpgradeWish?: () => Promise<UpgradeAnswer>
  /** When this gateway replaces another: the application is loaded, the sockets are taken next. */
  beforeTakeOver?: () => Promise<void>
  /** Called before anything is opened, with what ends the start and leaves nothing behind. */
  onStarting?: (kill: () => void) => void
}

/** What outside/watch.ts looks at. */
const watched = new Set<string>([
  'touch-reload',
  'fs-reload',
  'py-autoreload',
  'touch-logreopen',
  'chdir',
  'pythonpath',
])

/** Starts a gateway; resolves when the application is in service. */
export async function startGateway(input: GatewayOptionsInput, extras: StartExtras = {}): Promise<Gateway> {
  const options = readOptions(input)
  const identity = readIdentity(options.uid, options.gid, options['add-gid'])
  const runDir = openRunDir(options['run-dir'])
  options['run-dir'] = runDir
  const log = extras.log ?? openLogs(options)
  await runHooks('exec-asap', options, log)
  const closers: (() => void)[] = []
  let companions: Companions | undefined
  let state: Status['state'] = 'starting'
  let listeners: Listeners | undefined

  const dispatcher = new Dispatcher({
    queueLimit: options['queue-limit'],
    queueTimeoutMs: options['queue-timeout'] * 1000,
  })
  dispatcher.onDone = accessLog(options, log)
  const pool = new Pool(options, dispatcher, log)
  const reloader = new Reloader({
    options,
    log,
    read: extras.reread && (() => readOptions((extras.reread as () => GatewayOptionsInput)())),
    load: () => pool.reload(),
    follow(changed) {
      dispatcher.onDone = accessLog(options, log)
      dispatcher.limits.queueLimit = options['queue-limit']
      dispatcher.limits.queueTimeoutMs = options['queue-timeout'] * 1000
      pool.optionsChanged(changed)
      companions?.reload(changed)
      if (changed.some((name) => watched.has(name))) extras.onChanged?.(options)
    },
  })
  pool.onReloadWish = () => void reloader.reload()
  const seen: Seen = {
    options,
    pool,
    dispatcher,
    version: version(),
    state: () => state,
    addresses: () => listeners?.addresses ?? [],
  }

  const closeAll = (): void => {
    for (const close of closers.splice(0).reverse()) close()
    dispatcher.stop()
    log.flush()
  }
  const kill = (): void => {
    state = 'stopping'
    listeners?.destroy()
    pool.kill()
    companions?.kill()
    closeAll()
  }
  extras.onStarting?.(kill)
  const pause = (): boolean => {
    dispatcher.paused = !dispatcher.paused
    log.warning(dispatcher.paused ? 'paused: requests wait' : 'resumed')
    return dispatcher.paused
  }
  const writePidfiles = (): void => {
    for (const path of [options.pidfile, options.pidfile2]) {
      if (path !== undefined) writePidfile(resolve(path))
    }
  }
  let stopping: Promise<void> | undefined
  const stop = (limitMs = options['reload-mercy'] * 1000, graceMs = stopGraceMs): Promise<void> => {
    stopping ??= (async () => {
      state = 'stopping'
      if (dispatcher.paused) dispatcher.paused = false
      const deadline = performance.now() + limitMs
      await within(limitMs, listeners?.close(graceMs) ?? Promise.resolve())
      listeners?.destroy()
      await pool.stop(Math.max(0, deadline - performance.now()))
      await companions?.stop()
      await runExitHooks(options, log)
      closeAll()
    })()
    return stopping
  }

  try {
    const overloaded = () => dispatcher.queued >= dispatcher.limits.queueLimit
    const health = (path: string) => answerHealth(path, state, pool.readyCount > 0, overloaded())
    const door = options.health ? new HealthDoor(dispatcher, health) : dispatcher
    const inherited = withInherited(options, process.env, process.pid)
    const takeOver = isTakingOver()
    const listen = async (): Promise<Listeners> => {
      const file = ({ exchange, ...facts }: ServedFile): void =>
        dispatcher.onDone?.(Object.assign(new Job(exchange), facts), performance.now(), undefined)
      const listenLog = { info: log.info.bind(log), warning: log.warning.bind(log), file }
      const opened = await openListeners({ ...options, ...inherited, takeOver }, door, listenLog)
      for (const address of opened.addresses) {
        log.info('listening', { address })
        if (address.startsWith('/')) warnOfReach(address, log)
      }
      return opened
    }
    const pages = openPages(seen, health)
    const controlSocket = resolve(options['control-socket'] ?? join(runDir, 'control.sock'))
    const commands = controlCommands({
      seen,
      reload: () => reloader.reload(),
      want: (workers) => pool.want(workers),
      stop: extras.onStopWish ?? (() => void stop()),
      reopen: () => log.reopen(),
      ...(extras.onUpgradeWish ? { upgrade: extras.onUpgradeWish } : {}),
    })
    const doors = { controlSocket, commands, pages, status: () => readStatus(seen), takeOver }
    // A successor takes the sockets only when the application has been loaded.
    if (!takeOver) {
      listeners = await listen()
      await openDoors(options, doors, closers)
    }
    await runHooks('exec-as-root', options, log)
    if (identity !== undefined) {
      for (const path of [options.logto, options['req-logto']]) {
        if (path === undefined || path === '-' || process.getuid?.() !== 0) continue
        chownSync(path, identity.uid, identity.gid)
      }
      const worker = join(workerPackage(), 'postern_worker/__main__.py')
      dropPrivileges(identity, [runDir, controlSocket])
      requireReadable(worker, identity.user ?? `user ${identity.uid}`)
    }
    if (options.pidfile2 !== undefined) closers.push(openPidfile(resolve(options.pidfile2)))
    await runHooks('exec-as-user', options, log)
    const acts = {
      reload: () => void reloader.reload(),
      stop: extras.onStopWish ?? (() => void stop()),
      kill: () => void stop(0),
      more: () => pool.want(pool.desired + 1),
      fewer: () => pool.want(pool.desired - 1),
      pause: () => pause(),
      reopenLog: () => log.reopen(),
      rotateLog: () => log.rotate(),
      statistics: () => log.block('statistics', JSON.stringify(readStatus(seen), null, 2), {}, 'info'),
      writePidfiles,
    }
    companions = new Companions(options, log, acts, (groups) => pool.keepGroups(groups))
    await runHooks('exec-pre-app', options, log)
    await pool.start()
    await runHooks('exec-post-app', options, log)
    if (takeOver) {
      await extras.beforeTakeOver?.()
      listeners = await listen()
      await openDoors(options, doors, closers)
    }
    if (state === 'starting') state = 'serving'
  } catch (error) {
    kill()
    throw error
  }

  const open = listeners as Listeners
  return {
    options,
    addresses: open.addresses,
    log,
    status: () => readStatus(seen),
    reload: () => reloader.reload(),
    want: (workers) => pool.want(workers),
    pause,
    notify: (text) => pool.notify(text),
    stop,
    descriptors: () => open.descriptors(),
    kill,
  }
}

/** Resolves with the promise, or when the time is up. */
async function within(limitMs: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs)
  })
  await Promise.race([promise, late])
  clearTimeout(timer)
}
