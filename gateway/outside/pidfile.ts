// The pid file: written with our number, removed only while it still holds it.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'

export function openPidfile(path: string): () => void {
  writeFileSync(path, `${process.pid}\n`)
  return () => {
    try {
      if (readFileSync(path, 'latin1').trim() === String(process.pid)) rmSync(path)
    } catch {
      // Somebody removed it already, or it is no longer ours to remove.
    }
  }
}
