// Prometheus metrics, made when they are asked for, from the counters that are kept anyway. prom-client is loaded at the
// first question: a gateway nobody scrapes does not pay for it.

import type { Registry } from 'prom-client'
import { timeBuckets } from '../pool/tally.ts'
import type { Status } from './status.ts'

/** Seconds; every second power of two from 16 µs to 67 s. */
export const bucketExponents = Array.from({ length: 12 }, (_, n) => 4 + 2 * n)

type Counts = { readonly counts: ArrayLike<number>; readonly sumMicros: number }

export async function metricsText(
  status: Status,
  tally: { queueWait: Counts; appTime: Counts },
): Promise<string> {
  const { Counter, Gauge, Registry: Fresh } = await import('prom-client')
  const registry: Registry = new Fresh()
  const registers = [registry]
  const counter = (name: string, help: string, value: number): void =>
    new Counter({ name, help, registers }).inc(value)
  const counters = (name: string, help: string, label: string, values: Record<string, number>): void => {
    const made = new Counter({ name, help, labelNames: [label], registers })
    for (const [key, value] of Object.entries(values)) made.inc({ [label]: key }, value)
  }
  const gauge = (name: string, help: string, value: number): void =>
    new Gauge({ name, help, registers }).set(value)
  const gauges = (name: string, help: string, label: string, values: [string, number][]): void => {
    const made = new Gauge({ name, help, labelNames: [label], registers })
    for (const [key, value] of values) made.set({ [label]: key }, value)
  }
  const { requests, workers } = status

  counter('postern_requests_accepted_total', 'Requests read from clients.', requests.accepted)
  counters('postern_responses_total', 'Requests answered, by class of status.', 'class', requests.statuses)
  counters(
    'postern_refused_total',
    'Requests answered by the gateway itself, by reason.',
    'reason',
    requests.refused,
  )
  counter('postern_clients_gone_total', 'Clients that left before their answer.', requests.clientsGone)
  counter(
    'postern_direct_answers_total',
    'Answers that workers wrote to nginx themselves.',
    requests.directAnswers,
  )
  counter('postern_requeued_total', 'Requests handed to another lane unstarted.', requests.requeued)
  counter(
    'postern_give_backs_total',
    'Times a lane was asked to give requests back.',
    requests.giveBacksAsked,
  )
  counter('postern_request_bytes_total', 'Bytes of request bodies.', status.bytesIn)
  counter('postern_response_bytes_total', 'Bytes of responses from workers.', status.bytesOut)
  counter('postern_reloads_total', 'Reloads that brought new code into service.', status.reloads)
  counters('postern_worker_ends_total', 'Workers that ended, by cause.', 'cause', status.restarts)
  gauge('postern_queue_length', 'Requests that wait for a lane.', status.queue.length)
  gauge('postern_queue_limit', 'Requests that may wait.', status.queue.limit)
  gauge('postern_queue_oldest_seconds', 'How long the oldest waits.', status.queue.oldestWaitMs / 1000)
  gauge('postern_generation', 'Generation of the code in service.', status.generation)
  gauge('postern_workers_wanted', 'Workers there should be.', status.workersWanted)
  gauge('postern_up', '1 while serving.', status.state === 'serving' ? 1 : 0)
  gauge('postern_gateway_resident_bytes', 'Resident memory of the gateway.', status.memory.gatewayRssBytes)
  const states = ['booting', 'ready', 'draining', 'condemned']
  gauges(
    'postern_workers',
    'Workers, by state.',
    'state',
    states.map((state) => [state, workers.filter((worker) => worker.state === state).length]),
  )
  gauge(
    'postern_lanes_busy',
    'Lanes with a request.',
    workers.reduce((sum, worker) => sum + worker.busyLanes, 0),
  )
  gauges(
    'postern_worker_resident_bytes',
    'Resident memory.',
    'worker',
    workers.map((w) => [String(w.id), w.rssBytes]),
  )
  const texts = [
    await registry.metrics(),
    histogramText('postern_queue_wait_seconds', 'Time from the request’s head to a lane.', tally.queueWait),
    histogramText('postern_application_seconds', 'Time in the application.', tally.appTime),
  ]
  return texts.join('\n')
}

/** prom-client can only observe values one by one; these were counted already. */
export function histogramText(name: string, help: string, histogram: Counts): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`]
  let sum = 0
  let at = 0
  for (const exponent of bucketExponents) {
    for (; at <= exponent; at++) sum += histogram.counts[at] as number
    lines.push(`${name}_bucket{le="${2 ** exponent / 1e6}"} ${sum}`)
  }
  for (; at <= timeBuckets; at++) sum += histogram.counts[at] as number
  lines.push(`${name}_bucket{le="+Inf"} ${sum}`)
  lines.push(`${name}_sum ${histogram.sumMicros / 1e6}`, `${name}_count ${sum}`)
  return `${lines.join('\n')}\n`
}
