// The started files: what each worker had begun when it died (docs/wire.md). Touches disk; knows no lanes.

import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'

/** The file of one worker, `base` being what the boot line called `started`. */
export const startedPath = (base: string, workerId: number): string => `${base}.${workerId}`

export function createStarted(base: string, workerId: number, threads: number): void {
  const fd = openSync(startedPath(base, workerId), 'w', 0o600)
  try {
    writeSync(fd, Buffer.alloc(4 * threads))
  } finally {
    closeSync(fd)
  }
}

/** Slot of each lane. A file that is gone reads as "everything was started": nothing is ever run twice. */
export function readStarted(
  base: string,
  workerId: number,
  threads: number,
): (lane: number) => number | undefined {
  let slots: Buffer
  try {
    slots = readFileSync(startedPath(base, workerId))
  } catch {
    return () => undefined
  }
  return (lane) => (lane < threads && slots.length >= 4 * lane + 4 ? slots.readUInt32LE(4 * lane) : undefined)
}

export function removeStarted(base: string, workerId: number): void {
  rmSync(startedPath(base, workerId), { force: true })
}
