// Which running requests are past the limit. Pure: looks at lanes and a clock.

import type { Job } from './job.ts'
import type { Lane } from './lane.ts'
import type { Worker } from './worker.ts'

/** Lanes that have begun nothing for so long: their thread is in the close() of an earlier response. One per worker. */
export function findHanging(workers: Iterable<Worker>, now: number, limitMs: number): Lane[] {
  const hanging: Lane[] = []
  for (const worker of workers) {
    if (worker.state !== 'ready' && worker.state !== 'draining') continue
    const lane = worker.lanes.find(
      (one) => one.stalledSince !== 0 && now - Math.abs(one.stalledSince) >= limitMs,
    )
    if (lane !== undefined) hanging.push(lane)
  }
  return hanging
}

/** At most one per worker: it is replaced anyway. A request counts from when it came to the front of its lane. */
export function findOverdue(
  workers: Iterable<Worker>,
  now: number,
  limitMs: number,
): { lane: Lane; job: Job }[] {
  const overdue: { lane: Lane; job: Job }[] = []
  for (const worker of workers) {
    if (worker.state !== 'ready' && worker.state !== 'draining') continue
    for (const lane of worker.lanes) {
      const job = lane.jobs[0]
      if (job === undefined || now - Math.max(job.sentAt, lane.headSince) < limitMs) continue
      overdue.push({ lane, job })
      break
    }
  }
  return overdue
}
