// A gateway's status as text: a few lines and a table. Pure.

import Table from 'cli-table3'
import type { Status, WorkerStatus } from '../../gateway/outside/status.ts'

const bare = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map((part) => [part, '']),
)

export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`
}

export const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

/** Text from a request, made safe for a terminal. */
export const printable = (text: string, limit: number): string => {
  const safe = text.replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
  return safe.length > limit ? `${safe.slice(0, limit - 1)}…` : safe
}

const doing = (worker: WorkerStatus): string => {
  const [request, ...others] = worker.running
  if (request === undefined) return ''
  const more = others.length > 0 ? ` +${others.length}` : ''
  return `${printable(`${request.method} ${request.uri}`, 50)} ${request.ms} ms${more}`
}

export function workerTable(workers: readonly WorkerStatus[]): string {
  const rows = new Table({
    head: ['worker', 'pid', 'state', 'age', 'requests', 'avg', 'rss', 'busy', 'running'],
    chars: { ...bare, middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: ['right', 'right', 'left', 'right', 'right', 'right', 'right', 'right', 'left'],
  })
  for (const worker of workers) {
    rows.push([
      worker.id,
      worker.pid,
      worker.state,
      duration(worker.ageSeconds),
      worker.requests,
      `${worker.averageMs} ms`,
      mebibytes(worker.rssBytes),
      `${worker.busyLanes}/${worker.lanes}`,
      doing(worker),
    ])
  }
  return rows
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const list = (values: Record<string, number>): string =>
  Object.entries(values)
    .filter(([, value]) => value > 0)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || 'none'

export function statusText(status: Status): string {
  const { queue, requests } = status
  const versions = Object.entries(status.versions ?? {}).map(([name, version]) => `${name} ${version}`)
  return [
    `postern ${status.version}, pid ${status.pid}, ${status.state} for ${duration(status.uptimeSeconds)}`,
    `  application  ${status.target ?? 'loaded by each worker'}${versions.length > 0 ? ` (${versions.join(', ')})` : ''}`,
    `  listening    ${status.addresses.join(', ')}`,
    `  code         generation ${status.generation}, ${status.reloads} reloads, ${status.preload ? 'preloaded' : 'loaded per worker'}`,
    `  queue        ${queue.length} of ${queue.limit}, oldest ${queue.oldestWaitMs} ms`,
    `  requests     ${requests.finished} answered (${list(requests.statuses)}), ${requests.clientsGone} clients left`,
    `  refused      ${list(requests.refused)}`,
    `  worker ends  ${list(status.restarts)}`,
    `  memory       gateway ${mebibytes(status.memory.gatewayRssBytes)}`,
    '',
    workerTable(status.workers),
  ].join('\n')
}
