// The figures of several gateways as those of one: sums, the oldest wait, every worker under a number of its own. Pure.

import type { Status } from '../outside/status.ts'

/** Workers of member 2 are 2001, 2002 …: numbers stay unique and still say where. */
const WORKERS_PER_MEMBER = 1000

type Histogram = { counts: ArrayLike<number>; sumMicros: number }
export type Figures = { status: Status; queueWait: Histogram; appTime: Histogram }

function sumRecords(records: readonly Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const record of records)
    for (const [key, value] of Object.entries(record)) sums[key] = (sums[key] ?? 0) + value
  return sums
}

/** `statuses` in the order of the members, at least one. */
export function mergeStatus(statuses: readonly Status[], own: { pid: number; rssBytes: number }): Status {
  const [first] = statuses as [Status, ...Status[]]
  const sum = (read: (status: Status) => number) =>
    statuses.reduce((total, status) => total + read(status), 0)
  const state = (['stopping', 'starting'] as const).find((one) =>
    statuses.some((status) => status.state === one),
  )
  return {
    ...first,
    pid: own.pid,
    state: state ?? 'serving',
    uptimeSeconds: Math.max(...statuses.map((status) => status.uptimeSeconds)),
    generation: Math.min(...statuses.map((status) => status.generation)),
    reloads: Math.min(...statuses.map((status) => status.reloads)),
    workersWanted: sum((status) => status.workersWanted),
    addresses: statuses.flatMap((status) => status.addresses),
    queue: {
      length: sum((status) => status.queue.length),
      limit: sum((status) => status.queue.limit),
      oldestWaitMs: Math.max(...statuses.map((status) => status.queue.oldestWaitMs)),
    },
    requests: {
      accepted: sum((status) => status.requests.accepted),
      finished: sum((status) => status.requests.finished),
      clientsGone: sum((status) => status.requests.clientsGone),
      statuses: sumRecords(statuses.map((status) => status.requests.statuses)),
      refused: sumRecords(statuses.map((status) => status.requests.refused)),
      requeued: sum((status) => status.requests.requeued),
      giveBacksAsked: sum((status) => status.requests.giveBacksAsked),
      directAnswers: sum((status) => status.requests.directAnswers),
    },
    bytesIn: sum((status) => status.bytesIn),
    bytesOut: sum((status) => status.bytesOut),
    restarts: sumRecords(statuses.map((status) => status.restarts)),
    memory: { gatewayRssBytes: own.rssBytes + sum((status) => status.memory.gatewayRssBytes) },
    workers: statuses.flatMap((status, index) =>
      status.workers.map((worker) => ({ ...worker, id: (index + 1) * WORKERS_PER_MEMBER + worker.id })),
    ),
  }
}

export function mergeHistograms(histograms: readonly Histogram[]): Histogram {
  const length = Math.max(0, ...histograms.map((one) => one.counts.length))
  const at = (index: number) => histograms.reduce((total, one) => total + (one.counts[index] ?? 0), 0)
  return {
    counts: Array.from({ length }, (_, index) => at(index)),
    sumMicros: histograms.reduce((total, one) => total + one.sumMicros, 0),
  }
}
