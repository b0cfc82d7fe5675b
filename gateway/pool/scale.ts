// `cheaper`: how many workers there should be, by how long requests wait. Pure.

export type ScaleView = {
  desired: number
  min: number
  max: number
  step: number
  /** Milliseconds the oldest waiting request has waited. */
  oldestWaitMs: number
  busyLanes: number
  threads: number
  /** Since when fewer workers would have been enough; 0 is not now. */
  calmSince: number
}

/** A wait that asks for more workers. */
export const waitLimitMs = 50

/** How long fewer workers must have been enough before one is let go (uWSGI: cheaper-overload × idle cycles). */
export const calmMs = 10_000

export function scale(view: ScaleView, now: number): { desired: number; calmSince: number } {
  if (view.oldestWaitMs > waitLimitMs) {
    return { desired: Math.min(view.max, view.desired + view.step), calmSince: 0 }
  }
  const enough = view.busyLanes <= (view.desired - 1) * view.threads * 0.5
  if (!enough || view.desired <= view.min) return { desired: view.desired, calmSince: 0 }
  if (view.calmSince === 0) return { desired: view.desired, calmSince: now }
  if (now - view.calmSince < calmMs) return { desired: view.desired, calmSince: view.calmSince }
  return { desired: view.desired - 1, calmSince: now }
}
