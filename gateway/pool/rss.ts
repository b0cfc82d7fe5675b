// Memory of a process, resident and address space, from /proc. Asking the kernel costs a worker nothing.

import { readFileSync } from 'node:fs'

export type Memory = { rssBytes: number; asBytes: number }

export function readMemory(pid: number): Memory | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'latin1')
    const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(text)?.[1])
    const [rss, size] = [kibibytes('VmRSS'), kibibytes('VmSize')]
    return Number.isNaN(rss) ? undefined : { rssBytes: rss * 1024, asBytes: size * 1024 }
  } catch {
    return undefined // it is gone; its end is told elsewhere
  }
}
