// Whether the kernel's out-of-memory killer has struck: a SIGKILL that nobody here sent has a cause then.
// Reads counters of the control group, or of the machine; knows no workers.

import { readFileSync } from 'node:fs'

type Read = (path: string) => string | undefined

const readText: Read = (path) => {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined // another version of control groups, or another system
  }
}

/** Where the count may be, the closest first: version 2, version 1 (as seen from inside a container, too), the machine. */
function places(membership: string): string[] {
  const unified = /^0::(\/.*)$/m.exec(membership)?.[1]
  const memory = /^\d+:(?:[^:\n]*,)?memory(?:,[^:\n]*)?:(\/.*)$/m.exec(membership)?.[1]
  return [
    ...(memory === undefined ? [] : [memory, '/']).map(
      (path) => `/sys/fs/cgroup/memory${path}/memory.oom_control`,
    ),
    ...(unified === undefined ? [] : [unified, '/']).map((path) => `/sys/fs/cgroup${path}/memory.events`),
    '/proc/vmstat',
  ]
}

/** Processes killed for lack of memory so far, where we are. */
export function oomKills(read: Read = readText): number {
  for (const place of places(read('/proc/self/cgroup') ?? '')) {
    const found = /^oom_kill (\d+)/m.exec(read(place) ?? '')
    if (found !== null) return Number(found[1])
  }
  return 0
}

export class OomWatch {
  readonly #read: Read
  #known: number

  constructor(read: Read = readText) {
    this.#read = read
    this.#known = oomKills(read)
  }

  /** Whether it has struck since this was asked last. */
  struck(): boolean {
    const before = this.#known
    this.#known = oomKills(this.#read)
    return this.#known > before
  }
}
