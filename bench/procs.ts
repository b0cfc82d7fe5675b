// What the kernel knows of a process and its descendants: CPU time and memory. Reads /proc only.

import { readdirSync, readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

type Stat = { pid: number; parent: number; cpuMs: number }

function stat(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return { pid, parent: Number(fields[1]), cpuMs: (ticks * 1000) / TICKS_PER_SECOND }
  } catch {
    return undefined // gone between listing and reading
  }
}

/** Every process below these, themselves included. */
export function family(roots: readonly number[]): Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => stat(Number(name)))
    .filter((found) => found !== undefined)
  const inside = new Set(roots)
  for (let grown = true; grown; ) {
    grown = false
    for (const { pid, parent } of all) {
      if (inside.has(parent) && !inside.has(pid)) {
        inside.add(pid)
        grown = true
      }
    }
  }
  return all.filter(({ pid }) => inside.has(pid))
}

/** User and system time of the family, in milliseconds. */
export const cpuMs = (roots: readonly number[]): number =>
  family(roots).reduce((sum, { cpuMs }) => sum + cpuMs, 0)

/** Proportional set size of the family, in KiB. */
export function pssKib(roots: readonly number[]): number {
  return family(roots).reduce((sum, { pid }) => {
    try {
      const line = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))
      return sum + Number(line?.[1] ?? 0)
    } catch {
      return sum
    }
  }, 0)
}
