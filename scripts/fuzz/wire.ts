// A socket that is none: gives a link bytes as node does, and keeps what it writes.

import { EventEmitter } from 'node:events'
import { Socket } from 'node:net'

const symbols = Object.getOwnPropertySymbols(new Socket())
const symbol = (name: string): symbol => symbols.find((one) => one.description === name) as symbol

/** Enough of a socket for a link; what is written is kept. */
export class Wire extends EventEmitter {
  readonly written: Buffer[] = []
  destroyed = false
  paused = false
  ended = false
  writableLength = 0
  writableNeedDrain = false
  readableLength = 0
  remoteAddress = undefined
  /** As an accepted socket's handle, it can read into a buffer that is given to it; see gateway/read-into.ts. */
  _handle = { fd: -1, useUserBuffer() {} }
  /** One read, as node does it: into the link's buffer, which is somebody else's afterwards. */
  read(bytes: Buffer): void {
    const self = this as unknown as Record<symbol, unknown>
    for (let at = 0; at < bytes.length && !this.destroyed; ) {
      const buffer = self[symbol('kBuffer')] as Buffer
      const length = bytes.copy(buffer, 0, at)
      at += length
      ;(self[symbol('kBufferCb')] as (length: number, buffer: Buffer) => void)(length, buffer)
      const next = (self[symbol('kBufferGen')] as () => Buffer | undefined)()
      if (next !== undefined) self[symbol('kBuffer')] = next
      else buffer.fill(0xee, 0, length)
    }
  }
  write(bytes: Buffer): boolean {
    if (!this.destroyed && !this.ended) this.written.push(Buffer.from(bytes))
    return true
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.emit('close')
  }
  destroySoon(): void {
    this.destroy()
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  isPaused(): boolean {
    return this.paused
  }
  cork(): void {}
  uncork(): void {}
}
