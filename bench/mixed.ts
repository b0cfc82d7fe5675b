// The mixed case: requests arrive at a steady rate, one in a hundred asks for a page that sleeps 200 ms. Latencies of
// the fast pages, from the moment each was due, are what counts: they must not suffer for the slow ones.
// An open loop: a slow answer does not hold back the next request, as real visitors do not wait for each other.

import { connect, type Socket } from 'node:net'
import type { Outcome } from './load.ts'

const FAST = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
const SLOW = Buffer.from('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n')
const MOST_CONNECTIONS = 512

export type Mixed = { port: number; perSecond: number; seconds: number; slowOneIn: number }

type Ask = { due: number; slow: boolean }

class Generator {
  readonly fast: number[] = []
  errors = 0
  answered = 0
  private readonly idle: Client[] = []
  private open = 0
  private readonly port: number

  constructor(port: number) {
    this.port = port
  }

  send(ask: Ask): void {
    const client = this.idle.pop()
    if (client) {
      client.send(ask)
      return
    }
    if (this.open >= MOST_CONNECTIONS) {
      this.errors++
      return
    }
    this.open++
    new Client(this.port, this).send(ask)
  }

  done(client: Client, ask: Ask, ok: boolean): void {
    this.answered++
    if (!ok) this.errors++
    else if (!ask.slow) this.fast.push(performance.now() - ask.due)
    this.idle.push(client)
  }

  lost(): void {
    this.open--
    this.errors++
  }

  close(): void {
    for (const client of this.idle) client.close()
  }
}

/** One kept-alive connection, one request at a time. */
class Client {
  private readonly socket: Socket
  private ask: Ask | undefined
  private seen = ''

  constructor(port: number, owner: Generator) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (bytes) => {
      this.seen += bytes.toString('latin1')
      const head = this.seen.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/content-length: (\d+)/i.exec(this.seen)?.[1])
      if (this.seen.length < head + 4 + length) return
      const ask = this.ask as Ask
      const ok = this.seen.startsWith('HTTP/1.1 200')
      this.ask = undefined
      this.seen = ''
      owner.done(this, ask, ok)
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => this.ask && owner.lost())
  }

  send(ask: Ask): void {
    this.ask = ask
    this.socket.write(ask.slow ? SLOW : FAST)
  }

  close(): void {
    this.socket.destroy()
  }
}

/** Percentiles are of the fast requests only, in milliseconds. */
export async function mixedBurst(mixed: Mixed): Promise<Outcome> {
  const generator = new Generator(mixed.port)
  const began = performance.now()
  const all = mixed.perSecond * mixed.seconds
  let sent = 0
  await new Promise<void>((resolve) => {
    const tick = setInterval(() => {
      const now = performance.now()
      for (; sent < all && began + (sent * 1000) / mixed.perSecond <= now; sent++) {
        generator.send({ due: now, slow: sent % mixed.slowOneIn === mixed.slowOneIn - 1 })
      }
      if (sent === all && generator.answered + generator.errors >= all) {
        clearInterval(tick)
        resolve()
      }
    }, 1)
  })
  generator.close()
  const sorted = generator.fast.sort((a, b) => a - b)
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  const seconds = (performance.now() - began) / 1000
  return {
    requests: generator.answered,
    errors: generator.errors,
    seconds,
    p50: at(0.5),
    p99: at(0.99),
    p999: at(0.999),
  }
}
