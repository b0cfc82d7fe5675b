// Which lane gets the next request. Pure: looks at lanes as they stand, moves nothing.
// Small requests are packed on warm lanes, because frames that share a system call are cheap; a request that is slow
// or streams gets an idle lane and nothing behind it.

import { slowMicros } from './cost.ts'

export type LaneView = {
  readonly host: { busyLanes: number }
  readonly jobs: { readonly length: number }
  readonly load: number
  readonly exclusive: boolean
  readonly givingBack: boolean
  readonly retired: boolean
  /** 0, or since when its thread is busy with something that is no request. */
  readonly stalledSince: number
}

/** Requests on one lane, at most. */
export const depthLimit = 16

/** Expected microseconds on a warm lane up to which packing beats waking another process. */
export const packMicros = 300

/** Expected microseconds on a busy lane up to which a request is put behind others when no lane is idle. */
export const fullMicros = 1_500

/** A head that runs so long has its followers taken back even if nobody else is free: waiting is the queue's business. */
export const longMs = 20

/** A lane for a request of this expected cost, or undefined: wait. `warm` is the lane used last. */
export function chooseLane<L extends LaneView>(
  lanes: readonly L[],
  warm: L | undefined,
  cost: number,
  alone: boolean,
): L | undefined {
  const slow = alone || cost >= slowMicros
  if (!slow && warm !== undefined && fits(warm, cost, packMicros)) return warm
  let best: L | undefined
  let idle: L | undefined
  for (const lane of lanes) {
    if (lane.retired || lane.stalledSince > 0) continue
    if (lane.jobs.length === 0) {
      if (idle === undefined || lane.host.busyLanes < idle.host.busyLanes) idle = lane
    } else if (!slow && fits(lane, cost, fullMicros) && (best === undefined || lane.load < best.load))
      best = lane
  }
  return idle ?? best
}

function fits(lane: LaneView, cost: number, budget: number): boolean {
  if (
    lane.retired ||
    lane.stalledSince > 0 ||
    lane.exclusive ||
    lane.givingBack ||
    lane.jobs.length >= depthLimit
  )
    return false
  return lane.jobs.length === 0 || lane.load + cost <= budget
}

/** Nothing runs on any lane but `own`: requests come one by one. */
export function isQuietAround<L extends { jobs: { readonly length: number } }>(
  lanes: readonly L[],
  own?: L,
): boolean {
  for (const lane of lanes) if (lane !== own && lane.jobs.length > 0) return false
  return true
}

/** The head of this lane has run so long that the ones behind it should be asked back. */
export function isStuck(lane: LaneView & { headSince: number; patienceMs: number }, now: number): boolean {
  return lane.jobs.length > 1 && !lane.givingBack && now - lane.headSince > lane.patienceMs
}
