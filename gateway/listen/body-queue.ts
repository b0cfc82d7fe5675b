// Body bytes between a peer and a worker that takes them when it likes: what was heard and not yet taken, in order, and
// whether the end has been heard and told. Knows no sockets.

import type { BodySink } from '../exchange.ts'

const EMPTY = Buffer.alloc(0)

export class BodyQueue {
  /** Bytes that are held. */
  length = 0
  /** The peer has said all of it. */
  heardEnd = false
  /** The worker has been told so. */
  toldEnd = false
  private parts: Buffer[] = []

  push(bytes: Buffer): void {
    this.parts.push(bytes)
    this.length += bytes.length
  }

  /** Passes on what is held, as far as the worker takes it. False: it wants a pause. */
  flow(sink: BodySink): boolean {
    if (this.toldEnd) return true
    let taken = 0
    let open = true
    while (open && taken < this.parts.length) {
      const bytes = this.parts[taken++] as Buffer
      this.length -= bytes.length
      this.toldEnd = this.heardEnd && taken === this.parts.length
      open = sink.body(bytes, this.toldEnd)
    }
    if (taken === this.parts.length) this.parts.length = 0
    else this.parts.splice(0, taken)
    if (this.heardEnd && !this.toldEnd && this.parts.length === 0) {
      this.toldEnd = true
      sink.body(EMPTY, true)
    }
    return open
  }

  /** All that is held, as one piece. */
  take(): Buffer {
    const whole = this.parts.length === 1 ? (this.parts[0] as Buffer) : Buffer.concat(this.parts)
    this.clear()
    return whole
  }

  clear(): void {
    // Emptying an array costs a call into the engine, and most requests have no body.
    if (this.parts.length > 0) this.parts.length = 0
    this.length = 0
  }
}
