// The started file of a worker: what it has begun and finished, readable while it lives and after its death (docs/wire.md).
// Touches disk; knows no lanes.

import { closeSync, ftruncateSync, openSync, readSync, rmSync } from 'node:fs'

/** Bytes per lane for finished responses that are not sent yet; KEPT_SIZE in keep.py. */
export const keptSize = 16_384

/** What a worker says of one lane. */
export type Left = {
  /** Id of the last request that was begun; undefined when nobody knows. */
  slot: number | undefined
  /** Id of the last request whose answer was begun on the peer's connection. */
  answering: number
  /** Id of the last request whose answer is whole there, while the worker keeps that to itself. */
  answered: number
  /** Frames of finished responses, some of which may have been sent. */
  kept: Buffer
}

export class Started {
  readonly #path: string
  readonly #threads: number
  readonly #fd: number
  readonly #words: Buffer
  readonly #word = Buffer.alloc(4)
  #isOpen = true

  /** Creates the file of one worker, `base` being what the boot line called `started`. */
  constructor(base: string, workerId: number, threads: number) {
    this.#path = `${base}.${workerId}`
    this.#threads = threads
    this.#words = Buffer.alloc(16 * threads)
    this.#fd = openSync(this.#path, 'w+', 0o600)
    ftruncateSync(this.#fd, threads * (16 + keptSize))
  }

  /** A file that cannot be read reads as "everything was begun": nothing is ever run twice. */
  read(lane: number): Left {
    const left: Left = { slot: undefined, answering: 0, answered: 0, kept: Buffer.alloc(0) }
    const words = this.#words
    const threads = this.#threads
    if (!this.#isOpen || readSync(this.#fd, words, 0, words.length, 0) < words.length) return left
    left.slot = words.readUInt32LE(4 * lane)
    left.answering = words.readUInt32LE(4 * (2 * threads + lane))
    left.answered = words.readUInt32LE(4 * (3 * threads + lane))
    const length = Math.min(keptSize, words.readUInt32LE(4 * (threads + lane)))
    if (length === 0) return left
    const kept = Buffer.alloc(length)
    left.kept = kept.subarray(0, readSync(this.#fd, kept, 0, length, 16 * threads + lane * keptSize))
    return left
  }

  /** `Left.answered` alone. */
  answered(lane: number): number {
    if (!this.#isOpen || readSync(this.#fd, this.#word, 0, 4, 4 * (3 * this.#threads + lane)) < 4) return 0
    return this.#word.readUInt32LE(0)
  }

  remove(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    closeSync(this.#fd)
    rmSync(this.#path, { force: true })
  }
}
