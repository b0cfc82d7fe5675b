// The started files: what each worker had begun when it died (docs/wire.md). Touches disk; knows no lanes.

import { closeSync, ftruncateSync, openSync, readSync, rmSync } from 'node:fs'

/** The file of one worker, `base` being what the boot line called `started`. */
export const startedPath = (base: string, workerId: number): string => `${base}.${workerId}`

/** Bytes per lane for finished responses that are not sent yet; KEPT_SIZE in keep.py. */
export const keptSize = 16_384

/** What a dead worker left behind for one lane. */
export type Left = {
  /** Id of the last request that was begun; undefined when nobody knows (the file is gone). */
  slot: number | undefined
  /** Frames of finished responses, some of which may have been sent. */
  kept: Buffer
}

export function createStarted(base: string, workerId: number, threads: number): void {
  const fd = openSync(startedPath(base, workerId), 'w', 0o600)
  try {
    ftruncateSync(fd, threads * (8 + keptSize))
  } finally {
    closeSync(fd)
  }
}

/** A file that is gone reads as "everything was begun": nothing is ever run twice. */
export function readLeft(base: string, workerId: number, threads: number, lane: number): Left {
  const left: Left = { slot: undefined, kept: Buffer.alloc(0) }
  let fd: number
  try {
    fd = openSync(startedPath(base, workerId), 'r')
  } catch {
    return left
  }
  try {
    const words = Buffer.alloc(8 * threads)
    if (readSync(fd, words, 0, words.length, 0) < words.length) return left
    left.slot = words.readUInt32LE(4 * lane)
    const length = Math.min(keptSize, words.readUInt32LE(4 * (threads + lane)))
    const kept = Buffer.alloc(length)
    left.kept = kept.subarray(0, readSync(fd, kept, 0, length, 8 * threads + lane * keptSize))
  } finally {
    closeSync(fd)
  }
  return left
}

export function removeStarted(base: string, workerId: number): void {
  rmSync(startedPath(base, workerId), { force: true })
}
