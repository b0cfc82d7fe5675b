// Resident memory of a process, from /proc. Asking the kernel costs a worker nothing.

import { readFileSync } from 'node:fs'

export function readRssBytes(pid: number): number | undefined {
  try {
    const found = readFileSync(`/proc/${pid}/status`, 'latin1').match(/^VmRSS:\s*(\d+) kB$/m)
    return found === null ? undefined : Number(found[1]) * 1024
  } catch {
    return undefined // it is gone; its end is told elsewhere
  }
}
