// /-/live and /-/ready on the ordinary listeners, answered without a worker. Everything else goes on to the dispatcher.
// Ordinary requests pay one look at their cost key, nothing is decoded for them.

import type { Dispatch, Exchange } from './exchange.ts'
import type { Status } from './outside/status.ts'
import { costKeyOf } from './protocol/cost-key.ts'
import { COST_KEYS } from './protocol/limits.ts'

export type HealthAnswer = { status: number; text: string }

export const healthPaths = ['/-/live', '/-/ready'] as const

/** 1 at the cost keys that a health path can have, by the first letter of its method; one ordinary path in 80 has one too. */
const maybe = new Uint8Array(COST_KEYS)
for (const path of healthPaths)
  for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ') maybe[costKeyOf(letter, path)] = 1

const reasons: Record<number, string> = { 200: 'OK', 503: 'Service Unavailable' }

/** A gateway is live as long as it answers, and ready when a request would be served. */
export function answerHealth(
  path: string,
  state: Status['state'],
  hasWorker: boolean,
  overloaded: boolean,
): HealthAnswer {
  if (path === '/-/live') return { status: 200, text: 'live\n' }
  if (state === 'serving' && hasWorker && !overloaded) return { status: 200, text: 'ready\n' }
  const why = state !== 'serving' ? state : overloaded ? 'overloaded' : 'no worker'
  return { status: 503, text: `${why}\n` }
}

export class HealthDoor implements Dispatch {
  readonly #inner: Dispatch
  readonly #answer: (path: string) => HealthAnswer

  constructor(inner: Dispatch, answer: (path: string) => HealthAnswer) {
    this.#inner = inner
    this.#answer = answer
  }

  submit(exchange: Exchange): void {
    const path = maybe[exchange.costKey] === 1 ? (exchange.uri.split('?')[0] as string) : ''
    if (!(healthPaths as readonly string[]).includes(path)) {
      this.#inner.submit(exchange)
      return
    }
    const { status, text } = this.#answer(path)
    const body = Buffer.from(text)
    const head = `${status} ${reasons[status]}\r\nContent-Type: text/plain\r\nCache-Control: no-store\r\nContent-Length: ${body.length}\r\n\r\n`
    exchange.respond(Buffer.from(head, 'latin1'), body, true)
  }
}
