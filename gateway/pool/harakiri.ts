// Which running requests are past the limit. Pure: looks at lanes and a clock.

import type { Job } from './job.ts'
import type { Lane } from './lane.ts'
import type { Worker } from './worker.ts'

/**
 * Lanes whose thread is in a response's close() for so long, whether requests wait behind it or not. One per worker.
 * `hasBegun`: whether the request in front was begun, for then that close() is over.
 */
export function findHanging(
  workers: Iterable<Worker>,
  now: number,
  limitMs: number,
  hasBegun: (lane: Lane) => boolean,
): Lane[] {
  const hangs = (lane: Lane): boolean => {
    if (lane.inCloseSince === 0 || now - lane.inCloseSince < limitMs) return false
    return lane.closingSince > 0 || lane.jobs.length === 0 || !hasBegun(lane)
  }
  const hanging: Lane[] = []
  for (const worker of workers) {
    if (worker.state !== 'ready' && worker.state !== 'draining') continue
    const lane = worker.lanes.find(hangs)
    if (lane !== undefined) hanging.push(lane)
  }
  return hanging
}

/**
 * At most one per worker and look: it is replaced anyway. A request counts from when it came to the front of its lane.
 * In a condemned worker the others have the same limit: they may be held up by what it was condemned for.
 */
export function findOverdue(
  workers: Iterable<Worker>,
  now: number,
  limitMs: number,
): { lane: Lane; job: Job }[] {
  const overdue: { lane: Lane; job: Job }[] = []
  for (const worker of workers) {
    if (worker.state === 'booting') continue
    for (const lane of worker.lanes) {
      const job = lane.jobs[0]
      if (job === undefined || worker.overdue.has(job) || lane.closingSince > 0) continue
      if (now - Math.max(job.sentAt, lane.headSince) < limitMs) continue
      overdue.push({ lane, job })
      break
    }
  }
  return overdue
}
