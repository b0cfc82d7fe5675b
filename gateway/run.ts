// A gateway as a process: signals, systemd, files that are watched, the exit code. Used by main.ts and by `postern serve`.

import type { ChildProcess } from 'node:child_process'
import {
  type Gateway,
  type GatewayOptions,
  type GatewayOptionsInput,
  readOptions,
  startGateway,
} from './index.ts'
import { needsInit, runUnderInit } from './init.ts'
import { openLogs } from './log.ts'
import { notifyReady, startWatchdog } from './outside/systemd.ts'
import { watchFiles } from './outside/watch.ts'
import {
  handOverGraceMs,
  noUpgrade,
  relieve,
  startSuccessor,
  stopGraceMs,
  type UpgradeAnswer,
} from './upgrade.ts'

export type RunExtras = {
  onReady?: (gateway: Gateway) => void
  script?: string
  /** The configuration as it stands at a reload. */
  reread?: () => GatewayOptionsInput
}

/**
 * Runs until it is told to stop; the promise is the exit code. Throws what startGateway throws.
 * `script` is what the members of a fleet run (`gateways` > 1): the gateway's own entry.
 */
export async function runGateway(
  input: GatewayOptionsInput,
  { onReady = () => {}, script = '', reread }: RunExtras = {},
): Promise<number> {
  const options = readOptions(input)
  if (needsInit()) return runUnderInit(options)
  if (options.gateways > 1) {
    const { runFleet } = await import('./fleet/fleet.ts')
    return runFleet(options, script, { reread })
  }
  const { 'procname-prefix': prefix = '', 'procname-append': append = '' } = options
  if (prefix + append !== '') process.title = `${prefix}postern gateway${append}`
  const log = openLogs(options)
  let gateway: Gateway | undefined
  let stopping = false
  let successor: ChildProcess | undefined
  /** Whoever asked for the upgrade hears that it is done, before this process ends. */
  let relieved = (): void => {}
  /** The fleet this gateway belongs to has a successor. */
  let replaced = false
  /** Ends a start that nobody wants any more. */
  let abandon = (): void => {}
  let done: (code: number) => void = () => {}
  const over = new Promise<number>((resolve) => {
    done = resolve
  })

  const stop = (why: string): void => {
    if (stopping) {
      log.warning('stopping at once', { why })
      abandon()
      gateway?.kill()
      done(1)
      return
    }
    stopping = true
    log.info('stopping', { why })
    if (successor !== undefined) relieved()
    if (gateway === undefined) {
      abandon()
      done(0)
      return
    }
    gateway.notify('STOPPING=1')
    gateway.stop(undefined, replaced || successor !== undefined ? handOverGraceMs : stopGraceMs).then(
      () => done(0),
      (error) => {
        log.error('stop failed', { reason: String(error) })
        done(70)
      },
    )
  }
  const reload = async (why: string): Promise<void> => {
    if (gateway === undefined || stopping) return
    log.info('reload asked for', { why })
    await gateway.reload()
  }

  const upgrade = (): Promise<UpgradeAnswer> => {
    if (gateway === undefined || stopping)
      return Promise.resolve(noUpgrade(log, 'it is starting or stopping'))
    if (successor !== undefined) return Promise.resolve(noUpgrade(log, 'an upgrade is on its way'))
    const inContainer = process.env.POSTERN_INIT !== undefined
    if (inContainer || process.send !== undefined) {
      const reason = inContainer
        ? 'process 1 is the container’s life'
        : 'a member of a fleet is replaced by its fleet'
      return Promise.resolve(noUpgrade(log, reason))
    }
    const { descriptors } = gateway
    return new Promise((answer) => {
      successor = startSuccessor(descriptors(), log, (text) => {
        successor = undefined
        answer({ ok: false, code: 'UPGRADE_FAILED', text })
      })
      relieved = () => answer({ ok: true, pid: successor?.pid as number })
    })
  }

  process.on('SIGTERM', () => stop('SIGTERM'))
  process.on('SIGINT', () => stop('SIGINT'))
  process.on('SIGQUIT', () => stop('SIGQUIT'))
  process.on('SIGHUP', () => void reload('SIGHUP'))
  process.on('SIGUSR1', () => {
    log.reopen()
    log.info('log reopened')
  })
  process.on('SIGTTIN', () => gateway?.want(gateway.status().workersWanted + 1))
  process.on('SIGTTOU', () => gateway?.want(gateway.status().workersWanted - 1))
  process.on('SIGTSTP', () => void gateway?.pause())
  process.on('SIGUSR2', () => void upgrade())
  process.on('SIGPIPE', () => {})
  process.on('message', (message) => {
    if (message === 'replaced') replaced = true
  })

  let unwatch = (): void => {}
  const watch = async (now: GatewayOptions): Promise<void> => {
    unwatch()
    unwatch = await watchFiles(now, {
      reload: (path) => void reload(path),
      reopen: () => log.reopen(),
      ready: (trees) => log.info('watching for changes', { in: trees.join(', ') }),
    })
  }
  const starting = startGateway(input, {
    log,
    ...(reread ? { reread } : {}),
    onChanged: (now) => void watch(now),
    onStopWish: () => stop('control socket'),
    onUpgradeWish: upgrade,
    beforeTakeOver: () => (process.send === undefined ? Promise.resolve() : mayTakeOver()),
    onStarting: (kill) => {
      abandon = kill
    },
  })
  const first = await Promise.race([starting, over])
  if (typeof first === 'number') {
    // Told to stop while the application was loading: whatever comes up is ended.
    starting.then(
      (late) => late.kill(),
      () => {},
    )
    return first
  }
  gateway = first
  if (stopping) gateway.kill()
  notifyReady(gateway)
  onReady(gateway)
  relieve(log)
  // A member of a fleet: its supervisor waits for this, and nothing of it may outlive the supervisor.
  process.send?.('ready')
  process.on('disconnect', () => stopping || stop('the fleet is gone'))
  const watchdog = startWatchdog(gateway)
  await watch(gateway.options)
  log.info('serving', { on: gateway.addresses.join(', '), pid: process.pid })
  const code = await over
  clearInterval(watchdog)
  unwatch()
  log.info('stopped', { code })
  log.close()
  return code
}

/** A member of a fleet that replaces another: either all of them take the sockets over, or none. */
function mayTakeOver(): Promise<void> {
  return new Promise((resolve) => {
    process.on('message', (message) => {
      if (message === 'take over') resolve()
    })
    process.send?.('loaded')
  })
}
