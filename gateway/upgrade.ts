// A gateway that replaces itself (SIGUSR2): the successor is the same command line, read anew from disk. It loads the
// application, takes the listening sockets over, and tells this one to stop. If it fails, nothing has happened.

import { type ChildProcess, spawn } from 'node:child_process'
import type { Log } from './log.ts'

/** Idle connections of the replaced gateway are left to nginx for so long: it sends on them before it opens new ones. */
export const handOverGraceMs = 2_000
/** The same when there is no successor: nginx is about to find nobody anyway. */
export const stopGraceMs = 100

/** Set in a successor: the process it replaces. */
export const predecessor = (): number | undefined => {
  const pid = Number(process.env.POSTERN_UPGRADE)
  return pid > 0 && pid === process.ppid ? pid : undefined
}

/** This process, or the fleet it belongs to, replaces one that still serves. */
export const isTakingOver = (): boolean => predecessor() !== undefined || process.env.POSTERN_TAKEOVER === '1'

/** What whoever asked for an upgrade is told. */
export type UpgradeAnswer = { ok: true; pid: number } | { ok: false; code: string; text: string }

export const noUpgrade = (log: Log, reason: string): UpgradeAnswer => {
  log.error('no upgrade in place', { reason })
  return { ok: false, code: 'NO_UPGRADE', text: reason }
}

/** Starts the successor. It ends us when it is ready; `onFailed` when it ends before that. */
export function startSuccessor(
  descriptors: readonly (number | null)[],
  log: Log,
  onFailed: (reason: string) => void,
): ChildProcess {
  const inherited = descriptors.filter((fd) => fd !== null)
  let next = 3
  const numbers = descriptors.map((fd) => (fd === null ? null : next++))
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    env: { ...process.env, POSTERN_UPGRADE: String(process.pid), POSTERN_FDS: JSON.stringify(numbers) },
    stdio: ['ignore', 'inherit', 'inherit', ...inherited],
    detached: true,
  })
  log.info('upgrading', { successor: child.pid })
  child.once('error', (error) => {
    log.error('upgrade failed, this gateway goes on', { reason: error.message })
    onFailed(error.message)
  })
  child.once('exit', (code, signal) => {
    const reason = `the successor ended: ${signal ?? code}`
    log.error('upgrade failed, this gateway goes on', { reason })
    onFailed(reason)
  })
  child.unref()
  return child
}

/** The successor is ready: the old gateway drains and ends. */
export function relieve(log: Log): void {
  const pid = predecessor()
  delete process.env.POSTERN_UPGRADE
  delete process.env.POSTERN_FDS
  delete process.env.POSTERN_TAKEOVER
  if (pid === undefined) return
  log.info('taking over', { from: pid })
  process.kill(pid, 'SIGTERM')
}
