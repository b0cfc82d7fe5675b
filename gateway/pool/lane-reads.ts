// How a lane reads: into one buffer that exchanges may keep, and not at all while the peer of the response in front is slow.
// Knows sockets and memory that is lent; what the bytes mean is the lane's business.

import type { Socket } from 'node:net'
import { lent } from '../lent.ts'
import { readInto } from '../read-into.ts'
import type { Job } from './job.ts'

/** What one read may bring: large responses in few reads, small ones by the dozen. Untouched pages cost nothing. */
const readSize = 128 * 1024

export class LaneReads {
  readonly #socket: Socket
  #buffer: Buffer = Buffer.allocUnsafeSlow(readSize)
  #paused: Job | undefined
  /** Kept by the exchange of `#paused`, whose peer has not taken all of it. */
  #unsent: Buffer | undefined
  #spare: Buffer | undefined

  constructor(socket: Socket, read: (chunk: Buffer) => void) {
    this.#socket = socket
    const heard = (length: number, buffer: Buffer): void => {
      lent.kept = false
      read(buffer.subarray(0, length))
    }
    readInto(socket, this.#buffer, heard, () => this.#next())
    // What came together with the greeting, and everything on a Node.js that cannot read into a given buffer.
    socket.on('data', read)
  }

  /** Nothing more until the peer of this one takes bytes again. */
  pause(job: Job): void {
    this.#paused = job
    this.#socket.pause()
    job.exchange.onDrain = () => {
      if (this.#paused === job) this.#spare ??= this.#unsent
      this.resume(job)
    }
  }

  /** Goes on, if it is this one that it waits for. */
  resume(job: Job): void {
    if (this.#paused !== job) return
    this.#paused = undefined
    this.#unsent = undefined
    this.#socket.resume()
  }

  /** One buffer for all reads. An exchange that keeps it has it until its peer has taken everything: then it is spare. */
  #next(): Buffer | undefined {
    if (!lent.kept) return undefined
    this.#unsent = this.#paused === undefined ? undefined : this.#buffer
    this.#buffer = this.#spare ?? Buffer.allocUnsafeSlow(readSize)
    this.#spare = undefined
    return this.#buffer
  }
}
