// Requests that wait on a lane behind one that runs long are asked back, so that they can run elsewhere. Decides when to
// ask; what comes back is the dispatcher's. Knows lanes and clocks, no queue and no processes.

import { isStuck, longMs } from './choose.ts'
import type { Lane } from './lane.ts'
import type { Tally } from './tally.ts'

const tickMs = 1
const askAgainMs = 50
const stallMs = 10
const stallLimitMs = 1_000
/** A lane with so many requests on it is no help to another. */
const helpfulDepth = 4

export type GiveBackHooks = {
  /** Whether the worker has begun the request in front. */
  hasBegun(lane: Lane): boolean
  /** A lane that was left alone may have a request again. */
  mayTryAgain(): void
}

export class GiveBack {
  readonly #lanes: readonly Lane[]
  readonly #tally: Tally
  readonly #hooks: GiveBackHooks
  /** While requests wait behind others on a lane. */
  #stuckTimer: NodeJS.Timeout | undefined
  /** While anything runs. */
  #probeTimer: NodeJS.Timeout | undefined

  constructor(lanes: readonly Lane[], tally: Tally, hooks: GiveBackHooks) {
    this.#lanes = lanes
    this.#tally = tally
    this.#hooks = hooks
  }

  /** A request was put on this lane. */
  watch(lane: Lane): void {
    this.#probeTimer ??= setTimeout(this.#probe, longMs)
    if (lane.jobs.length > 1 && this.#lanes.length > 1)
      this.#stuckTimer ??= setTimeout(this.#askStuck, tickMs)
  }

  /** The lane's thread is in an earlier response's close(): it gets nothing for a while, then one request to try. */
  stall(lane: Lane, now: number): void {
    lane.stalledSince = lane.stalledSince === 0 ? now : Math.abs(lane.stalledSince)
    const pauseMs = Math.min(stallLimitMs, Math.max(stallMs, now - lane.stalledSince))
    const { stalledSince } = lane
    setTimeout(() => {
      if (lane.retired || lane.stalledSince !== stalledSince) return
      lane.stalledSince = -stalledSince // it may have one request, to see
      this.#hooks.mayTryAgain()
    }, pauseMs).unref()
  }

  stop(): void {
    clearTimeout(this.#stuckTimer)
    clearTimeout(this.#probeTimer)
  }

  /** Asks back what waits behind a head that runs long, as long as somebody else could take it. */
  readonly #askStuck = (): void => {
    this.#stuckTimer = undefined
    const now = performance.now()
    for (const lane of this.#lanes) {
      if (lane.jobs.length < 2) continue
      this.#stuckTimer ??= setTimeout(this.#askStuck, tickMs)
      if (isStuck(lane, now) && this.#elsewhere(lane)) this.#ask(lane, now)
    }
  }

  /** Asks back, even if nobody else is free, what waits for long, and a head that has not even begun. */
  readonly #probe = (): void => {
    this.#probeTimer = undefined
    const now = performance.now()
    for (const lane of this.#lanes) {
      if (lane.jobs.length === 0) continue
      this.#probeTimer ??= setTimeout(this.#probe, longMs)
      if (now - lane.headSince < longMs) continue
      // Asked, and nothing came: the worker had not got round to reading what it should give back.
      if (lane.givingBack && (lane.jobs.length < 2 || now - lane.askedAt < askAgainMs)) continue
      // Bytes of a streamed body that have left cannot be sent again: such a request stays where it is.
      const begun = lane.probed || lane.jobs[0]!.bodyTouched || this.#hooks.hasBegun(lane)
      lane.probed = true
      if (lane.jobs.length > 1 || !begun) this.#ask(lane, now)
    }
  }

  #ask(lane: Lane, now: number): void {
    lane.givingBack = true
    lane.askedAt = now
    this.#tally.giveBacksAsked += 1
    lane.host.askGiveBack(lane.index)
  }

  #elsewhere(stuck: Lane): boolean {
    return this.#lanes.some(
      (lane) => lane !== stuck && !lane.exclusive && !lane.givingBack && lane.jobs.length < helpfulDepth,
    )
  }
}
