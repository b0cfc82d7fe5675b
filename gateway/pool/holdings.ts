// The connections of which a worker holds descriptors for one lane, so that it can answer there itself. Decides when passing
// one on pays, and says when one is closed. Knows no requests.

import type { Socket } from 'node:net'
import type { DirectConnection, Holder } from '../exchange.ts'
import { writeForget } from './frames.ts'

/** A connection that has brought so many requests will bring more: passing it on costs as much as some thirty answers save. */
export const holdFrom = 8
/** So many bytes of answers, and what is saved by the next large one is more than that. */
export const holdFromBytes = 65_536
/** Connections a worker holds for one lane. */
export const holdLimit = 256
/** Connections are often closed many at a time (nginx reloads): one word for all of them. */
const forgetMs = 50

export class Holdings implements Holder {
  readonly #socket: Socket
  readonly #pass: (connection: DirectConnection) => boolean
  #count = 0
  #forgotten: number[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(socket: Socket, pass: (connection: DirectConnection) => boolean) {
    this.#socket = socket
    this.#pass = pass
  }

  /** Whether the worker can answer on it. If it would pay it is passed on now, and arrives soon enough for a long answer. */
  has(connection: DirectConnection): boolean {
    if (connection.holders.has(this)) return true
    const pays = connection.served > holdFrom || connection.carried > holdFromBytes
    if (!pays || this.#count >= holdLimit || !this.#pass(connection)) return false
    this.#count += 1
    connection.holders.add(this)
    return true
  }

  forget(connection: number): void {
    this.#count -= 1
    this.#forgotten.push(connection)
    this.#timer ??= setTimeout(() => this.#tell(), forgetMs).unref()
  }

  #tell(): void {
    this.#timer = undefined
    const numbers = this.#forgotten
    this.#forgotten = []
    if (!this.#socket.writable) return
    this.#socket.write(writeForget(numbers))
  }
}
