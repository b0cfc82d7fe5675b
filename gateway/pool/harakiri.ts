// Which running requests are past the limit. Pure: looks at lanes and a clock.

import type { Job } from './job.ts'
import type { Lane } from './lane.ts'
import type { Worker } from './worker.ts'

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
