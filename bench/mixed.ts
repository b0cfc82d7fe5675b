// The mixed case: kept-alive connections of which each asks now and then for a page that sleeps 200 ms.
// Latencies of the fast pages are what counts: they must not suffer for the slow ones. Deterministic choice, no random.

import { connect, type Socket } from 'node:net'
import type { Outcome } from './load.ts'

const FAST = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
const SLOW = Buffer.from('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')

export type Mixed = { port: number; connections: number; seconds: number; slowOneIn: number }

type Tally = { fast: number[]; errors: number; requests: number }

/** One connection, one request at a time, until `until` (ms of performance.now). */
function client(mixed: Mixed, number: number, until: number, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    let sent = number * 7 // so that the connections do not sleep in step
    let began = 0
    let slow = false
    let seen = ''
    const socket: Socket = connect(mixed.port, '127.0.0.1')
    const next = () => {
      if (performance.now() >= until) return socket.destroy()
      slow = ++sent % mixed.slowOneIn === 0
      seen = ''
      began = performance.now()
      socket.write(slow ? SLOW : FAST)
    }
    socket.setNoDelay(true)
    socket.on('connect', next)
    socket.on('data', (bytes) => {
      seen += bytes.toString('latin1')
      const head = seen.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(seen)?.[1])
      if (seen.length < head + 4 + length) return
      tally.requests++
      if (!seen.startsWith('HTTP/1.1 200')) tally.errors++
      else if (!slow) tally.fast.push(performance.now() - began)
      next()
    })
    socket.on('error', () => {
      tally.errors++
    })
    socket.on('close', () => resolve())
  })
}

/** Percentiles are of the fast requests only, in milliseconds. */
export async function mixedBurst(mixed: Mixed): Promise<Outcome> {
  const tally: Tally = { fast: [], errors: 0, requests: 0 }
  const began = performance.now()
  const until = began + mixed.seconds * 1000
  await Promise.all(Array.from({ length: mixed.connections }, (_, n) => client(mixed, n, until, tally)))
  const sorted = tally.fast.sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  const { requests, errors } = tally
  return {
    requests,
    errors,
    seconds: (performance.now() - began) / 1000,
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
  }
}
