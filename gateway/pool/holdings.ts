// The connections of which a worker holds descriptors for one lane, so that it can answer there itself. Decides when passing
// one on pays, and says when one is closed. Knows no requests.

import type { Socket } from 'node:net'
import type { DirectConnection, Holder } from '../exchange.ts'
import { writeForget } from './frames.ts'

/**
 * A connection that has brought so many requests will bring more. Passing it on costs as much as the answers of some ten lone
 * requests save; small answers in a crowd do not go that way.
 */
export const holdFrom = 8
/** So many bytes of large answers, and what is saved by the next one is more than that. */
export const holdFromBytes = 65_536
/** Connections a worker holds for one lane. */
export const holdLimit = 256
/** Connections are often closed many at a time (nginx reloads): one word for all of them. */
const forgetMs = 50

export class Holdings implements Holder {
  readonly #socket: Socket
  readonly #pass: (connection: DirectConnection) => boolean
  readonly #connections = new Map<number, DirectConnection>()
  #forgotten: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, pass: (connection: DirectConnection) => boolean) {
    this.#socket = socket
    this.#pass = pass
  }

  /** Whether the worker can answer on it. If it would pay it is passed on now, and arrives soon enough for a long answer. */
  has(connection: DirectConnection, isAlone: boolean): boolean {
    if (connection.holders.has(this)) return true
    const pays = (isAlone && connection.served > holdFrom) || connection.carried > holdFromBytes
    if (!pays || this.#connections.size >= holdLimit || !this.#pass(connection)) return false
    this.#connections.set(connection.number, connection)
    connection.holders.add(this)
    return true
  }

  forget(connection: number): void {
    this.#connections.delete(connection)
    this.#forgotten.push(connection)
    this.#timer ??= setTimeout(() => this.#tell(), forgetMs).unref()
  }

  /** The worker is gone, and its descriptors with it. */
  release(): void {
    clearTimeout(this.#timer)
    for (const connection of this.#connections.values()) connection.holders.delete(this)
    this.#connections.clear()
  }

  #tell(): void {
    this.#timer = undefined
    const numbers = this.#forgotten
    this.#forgotten = []
    if (!this.#socket.writable) return
    this.#socket.write(writeForget(numbers))
  }
}
