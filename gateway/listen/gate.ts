// What all connections of one gateway share: the environ writer, the way to the dispatcher, limits, a coarse clock.
// Knows no protocol and no socket.

import type { PosternError } from '../../errors.ts'
import type { Dispatch, Exchange } from '../exchange.ts'
import type { Log } from '../log.ts'
import { EnvironWriter } from '../protocol/environ.ts'
import { HEAD_LIMIT } from '../protocol/limits.ts'
import { type AnswerSpace, HELD_ANSWERS_LIMIT } from './held.ts'
import { newRequestId } from './request-id.ts'
import type { SpoolSpace } from './spool.ts'
import { Trust } from './trust.ts'

/** Where listeners say what the operator should know. */
export type ListenLog = Pick<Log, 'info' | 'warning'> & { file?: (served: ServedFile) => void }

/** A file that was sent without a worker, for the access log. */
export type ServedFile = { exchange: Exchange; status: number; headBytes: number; bodyBytes: number }

export type GateLimits = {
  /** `buffer-size`: bytes of a request head. */
  head: number
  /** `limit-post`: bytes of a request body, 0 is no limit. */
  body: number
  /** `body-buffering`: bytes that bodies which are awaited may take on disk together; 0: they stream. */
  spool: number
  /** Milliseconds a head may take to arrive, counted from its first byte. */
  headMs: number
  /** Milliseconds without a byte of a body that is wanted, and without the peer taking a byte of its answer. */
  bodyMs: number
  /** Milliseconds a kept connection may be idle. Longer than nginx keeps it (60 s), so that nginx closes first. */
  idleMs: number
  /** Milliseconds to wait for the peer's close after an early answer. */
  lingerMs: number
  /** Connections at a time. Beyond the limit of open files the kernel would drop them without a word. */
  connections: number
}

export const gateLimits: GateLimits = {
  head: HEAD_LIMIT,
  body: 0,
  spool: 2 ** 30,
  headMs: 60_000,
  bodyMs: 60_000,
  idleMs: 3_700_000,
  lingerMs: 5_000,
  connections: 1_000_000,
}

/** File descriptors left for lanes, logs and files when connections have taken the rest. */
const RESERVED_FILES = 128

/** How many connections the limit of open files allows. */
export function connectionsAllowed(limitsText: string): number {
  const files = Number(/^Max open files\s+(\d+)/m.exec(limitsText)?.[1] ?? Number.POSITIVE_INFINITY)
  return Math.max(16, files - RESERVED_FILES)
}

/** A connection as the gate's sweep and drain see it. */
export interface Kept {
  /** Time of `Gate.now` after which `expire` is called; Infinity: none. */
  deadline: number
  expire(): void
  /** Closes now if nothing is in flight, else after the answer. */
  drain(): void
  destroy(): void
}

export type GateCounts = {
  connections: number
  accepted: number
  requests: number
  refused: number
  gone: number
  dropped: number
}

export class Gate {
  readonly writer: EnvironWriter
  readonly dispatch: Dispatch
  readonly limits: GateLimits
  readonly log: ListenLog
  readonly kept = new Set<Kept>()
  readonly spoolSpace: SpoolSpace
  readonly answerSpace: AnswerSpace = { used: 0, limit: HELD_ANSWERS_LIMIT }
  trust = new Trust([])
  readonly counts: GateCounts = { connections: 0, accepted: 0, requests: 0, refused: 0, gone: 0, dropped: 0 }
  /** Monotonic milliseconds, at most a second old: good for limits of many seconds. */
  now = performance.now()
  draining = false
  /** After the grace of a drain: nothing new is awaited on any connection. */
  isClosing = false
  /** Workers may answer on kept FastCGI connections themselves. */
  answersDirectly = false
  private emptied: (() => void) | undefined
  private readonly warned = new Map<string, { at: number; silent: number }>()

  constructor(
    dispatch: Dispatch,
    log: ListenLog,
    mounts: readonly string[],
    limits: GateLimits = gateLimits,
  ) {
    this.dispatch = dispatch
    this.log = log
    this.limits = limits
    this.spoolSpace = { used: 0, limit: limits.spool }
    this.writer = new EnvironWriter(mounts, newRequestId)
  }

  enter(kept: Kept): void {
    this.kept.add(kept)
    this.counts.accepted++
    this.counts.connections++
  }

  private fullSince = Number.NEGATIVE_INFINITY

  /** False: one connection too many; it has been said so in the log. */
  hasRoom(): boolean {
    const { connections } = this.limits
    if (this.counts.connections < connections) return true
    this.counts.dropped++
    if (this.now - this.fullSince >= 1000) {
      this.fullSince = this.now
      this.log.warning(`connections are dropped: ${connections} are open`, {
        code: 'EMFILE',
        dropped: this.counts.dropped,
        hint: 'raise the limit of open files (LimitNOFILE in systemd, `ulimit -n`)',
      })
    }
    return false
  }

  leave(kept: Kept): void {
    if (!this.kept.delete(kept)) return
    this.counts.connections--
    if (this.kept.size === 0) this.emptied?.()
  }

  /** One look at every connection; called about once a second by the listeners' only timer. */
  sweep(now: number): void {
    this.now = now
    for (const kept of this.kept) if (kept.deadline < now) kept.expire()
  }

  /** A peer's fault: always counted, logged at most once a second and code, so that a flood cannot fill the disk. */
  warnPeer(error: PosternError, protocol: string, remote: string): void {
    this.counts.refused++
    const last = this.warned.get(error.code)
    if (last !== undefined && this.now - last.at < 1000) {
      last.silent++
      return
    }
    const facts = { code: error.code, remote, hint: error.hint, silent: last?.silent || undefined }
    this.warned.set(error.code, { at: this.now, silent: 0 })
    this.log.warning(`${protocol}: ${error.message}`, facts)
  }

  /** Kept connections close after their next answer; resolves when none is left, or after `graceMs`. */
  dwindle(graceMs: number): Promise<void> {
    this.draining = true
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs)
      this.emptied = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Answers what is in flight, closes the rest; resolves when no connection is left. */
  drain(): Promise<void> {
    this.draining = this.isClosing = true
    for (const kept of this.kept) kept.drain()
    if (this.kept.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.emptied = resolve
    })
  }
}
