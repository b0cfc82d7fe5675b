// A request body that is not whole yet, kept in a file without a name until it is: then it is given on like any other. Its disk space is counted, for all connections together. Knows no sockets.

import { close, openSync, read, unlinkSync, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PosternError } from '../../errors.ts'
import type { BodySink } from '../exchange.ts'
import { HELD_BODY_LIMIT } from '../protocol/limits.ts'

/** Read from the file and passed on at a time. */
const PIECE = 65_536

/** What all spools of a gateway may take together. */
export type SpoolSpace = { used: number; readonly limit: number }

export type SpoolOwner = {
  /** What was written is on its way to the disk: more may come. */
  drained(): void
  /** Everything that was written is in the file. */
  whole(): void
  failed(error: PosternError): void
}

let count = 0

export class Spool {
  length = 0
  private readonly space: SpoolSpace
  private readonly owner: SpoolOwner
  private readonly descriptor: number
  private waiting: Buffer[] = []
  private held = 0
  private readAt = 0
  private busy = false
  private full = false
  private ended = false
  private over = false

  /** Of the space; at least so much, for who knows how long the body is. */
  private taken: number

  /** Throws what the file system says against it. */
  constructor(space: SpoolSpace, length: number, owner: SpoolOwner) {
    this.space = space
    this.owner = owner
    this.taken = length
    const path = join(tmpdir(), `postern-body-${process.pid}-${count++}-${process.hrtime.bigint()}`)
    try {
      this.descriptor = openSync(path, 'wx+', 0o600)
      unlinkSync(path)
    } catch (error) {
      throw spoolError(error)
    }
    space.used += length
  }

  /** All of it has been passed on. */
  get toldEnd(): boolean {
    return this.readAt === this.length
  }

  /** False: hold back until `drained`. */
  write(bytes: Buffer): boolean {
    if (this.over) return true
    const { space } = this
    if (this.length + bytes.length > space.limit) {
      this.fail(new PosternError('REQUEST_BODY_TOO_LARGE', { limit: space.limit }))
      return true
    }
    const more = Math.max(0, this.length + bytes.length - this.taken)
    if (space.used + more > space.limit) {
      this.fail(new PosternError('REQUEST_SPOOL_FULL', { limit: space.limit }))
      return true
    }
    this.length += bytes.length
    this.taken += more
    space.used += more
    this.waiting.push(bytes)
    this.held += bytes.length
    this.full = this.held > HELD_BODY_LIMIT
    this.drain()
    return !this.full
  }

  /** Nothing more comes; `whole` follows. */
  end(): void {
    this.ended = true
    this.drain()
  }

  private drain(): void {
    if (this.busy || this.over) return
    if (this.waiting.length === 0) {
      if (this.ended) {
        this.ended = false
        this.owner.whole()
      }
      return
    }
    const bytes = this.waiting.length === 1 ? (this.waiting[0] as Buffer) : Buffer.concat(this.waiting)
    this.waiting = []
    this.writeOut(bytes, this.length - this.held)
  }

  private writeOut(bytes: Buffer, at: number): void {
    this.busy = true
    write(this.descriptor, bytes, 0, bytes.length, at, (error, written) => {
      this.busy = false
      if (this.over) {
        this.closeFile()
        return
      }
      if (error) {
        this.fail(spoolError(error))
        return
      }
      this.held -= written
      if (written < bytes.length) {
        this.writeOut(bytes.subarray(written), at + written)
        return
      }
      if (this.full && this.held <= HELD_BODY_LIMIT) {
        this.full = false
        this.owner.drained()
      }
      this.drain()
    })
  }

  /** Passes on what is in the file until the worker wants a pause; called again, it goes on. */
  flow(sink: BodySink): void {
    if (this.busy || this.over || this.readAt === this.length) return
    this.busy = true
    // A buffer each time: the lane may keep it.
    const bytes = Buffer.allocUnsafeSlow(Math.min(PIECE, this.length - this.readAt))
    read(this.descriptor, bytes, 0, bytes.length, this.readAt, (error, size) => {
      this.busy = false
      if (this.over) {
        this.closeFile()
        return
      }
      if (error || size === 0) {
        this.close()
        sink.bodyFailed(spoolError(error ?? new Error('the file is shorter than it was')).message)
        return
      }
      this.readAt += size
      const last = this.readAt === this.length
      const open = sink.body(bytes.subarray(0, size), last)
      if (last) this.close()
      else if (open) this.flow(sink)
    })
  }

  private fail(error: PosternError): void {
    this.close()
    this.owner.failed(error)
  }

  /** Lets go of the file; may be called twice. */
  close(): void {
    if (this.over) return
    this.over = true
    this.waiting = []
    if (!this.busy) this.closeFile()
  }

  private closeFile(): void {
    this.space.used -= this.taken
    close(this.descriptor, () => {})
  }
}

const spoolError = (cause: unknown): PosternError =>
  new PosternError(
    'REQUEST_SPOOL_FAILED',
    { folder: tmpdir(), reason: cause instanceof Error ? cause.message : String(cause) },
    { cause },
  )
