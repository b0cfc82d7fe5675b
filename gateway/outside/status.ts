// What can be seen of a running gateway, as one plain object: for `postern status`, uWSGI's stats and the metrics.
// Reads, never changes.

import type { GatewayOptions } from '../options.ts'
import type { Dispatcher } from '../pool/dispatch.ts'
import type { Pool } from '../pool/pool.ts'
import type { Worker } from '../pool/worker.ts'

export type RunningRequest = { id: string; method: string; uri: string; addr: string; ms: number }

export type WorkerStatus = {
  id: number
  pid: number
  generation: number
  state: string
  ageSeconds: number
  requests: number
  averageMs: number
  runningMs: number
  rssBytes: number
  asBytes: number
  harakiris: number
  lanes: number
  busyLanes: number
  bytesOut: number
  exceptions: number
  running: RunningRequest[]
}

export type Status = {
  version: string
  pid: number
  state: 'starting' | 'serving' | 'stopping'
  uptimeSeconds: number
  generation: number
  target: string | undefined
  versions: Record<string, string> | undefined
  preload: boolean
  reloads: number
  workersWanted: number
  addresses: readonly string[]
  queue: { length: number; limit: number; oldestWaitMs: number }
  requests: {
    accepted: number
    finished: number
    clientsGone: number
    statuses: Record<string, number>
    refused: Record<string, number>
    requeued: number
    giveBacksAsked: number
    directAnswers: number
  }
  bytesIn: number
  bytesOut: number
  restarts: Record<string, number>
  memory: { gatewayRssBytes: number }
  workers: WorkerStatus[]
}

export type Seen = {
  options: GatewayOptions
  pool: Pool
  dispatcher: Dispatcher
  version: string
  state: () => Status['state']
  addresses: () => readonly string[]
}

export function readStatus(seen: Seen): Status {
  const { pool, dispatcher } = seen
  const { tally } = dispatcher
  const now = performance.now()
  pool.settle()
  pool.readRss()
  return {
    version: seen.version,
    pid: process.pid,
    state: seen.state(),
    uptimeSeconds: Math.round((now - pool.startedAt) / 1000),
    generation: pool.current?.number ?? 0,
    target: pool.current?.loaded?.target,
    versions: pool.current?.loaded?.versions,
    preload: pool.current?.preload ?? false,
    reloads: pool.reloads,
    workersWanted: pool.desired,
    addresses: seen.addresses(),
    queue: {
      length: dispatcher.queued,
      limit: dispatcher.limits.queueLimit,
      oldestWaitMs: Math.round(dispatcher.oldestWaitMs(now)),
    },
    requests: {
      accepted: tally.accepted,
      finished: tally.finished,
      clientsGone: tally.clientsGone,
      statuses: Object.fromEntries(
        [1, 2, 3, 4, 5].map((kind) => [`${kind}xx`, tally.statuses[kind] as number]),
      ),
      refused: { ...tally.refused },
      requeued: tally.requeued,
      giveBacksAsked: tally.giveBacksAsked,
      directAnswers: tally.directAnswers,
    },
    bytesIn: tally.bytesIn,
    bytesOut: tally.bytesOut,
    restarts: { ...pool.restarts },
    memory: { gatewayRssBytes: process.memoryUsage.rss() },
    workers: [...pool.workers.values()].map((worker) => workerStatus(worker, now)),
  }
}

function workerStatus(worker: Worker, now: number): WorkerStatus {
  const running: RunningRequest[] = []
  for (const lane of worker.lanes) {
    const job = lane.jobs[0]
    if (job === undefined || job.id === 0) continue
    const { exchange } = job
    running.push({
      id: exchange.requestId,
      method: exchange.method,
      uri: exchange.uri,
      addr: exchange.remoteAddr,
      ms: Math.round(now - Math.max(job.sentAt, lane.headSince)),
    })
  }
  return {
    id: worker.workerId,
    pid: worker.pid,
    generation: worker.generation,
    state: worker.state,
    ageSeconds: Math.round((now - worker.bornAt) / 1000),
    requests: worker.requests,
    averageMs: Math.round(worker.averageMs * 100) / 100,
    runningMs: Math.round(worker.runningMs),
    rssBytes: worker.rssBytes,
    asBytes: worker.asBytes,
    harakiris: worker.harakiris,
    lanes: worker.lanes.length,
    busyLanes: worker.busyLanes,
    bytesOut: worker.bytesOut,
    exceptions: worker.exceptions,
    running,
  }
}
