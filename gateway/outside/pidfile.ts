// The pid file: written with our number, removed only while it still holds it.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { PosternError } from '../../errors.ts'

export function writePidfile(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`)
  } catch (cause) {
    throw new PosternError(
      'FILE_NOT_WRITABLE',
      { what: 'pidfile', path, reason: (cause as Error).message },
      { cause },
    )
  }
}

export function openPidfile(path: string): () => void {
  writePidfile(path)
  return () => {
    try {
      if (readFileSync(path, 'latin1').trim() === String(process.pid)) rmSync(path)
    } catch {
      // Somebody removed it already, or it is no longer ours to remove.
    }
  }
}
