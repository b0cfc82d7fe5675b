// How many CPUs this process may use: the smaller of what the kernel schedules it on and what its cgroup pays for.

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** At least one. `root` is the mount point of the cgroup file system. */
export function availableProcessors(root = '/sys/fs/cgroup'): number {
  return Math.max(1, Math.min(availableParallelism(), quota(root) ?? Number.POSITIVE_INFINITY))
}

function quota(root: string): number | undefined {
  const read = (name: string): string | undefined => {
    try {
      return readFileSync(`${root}/${name}`, 'utf8').trim()
    } catch {
      return undefined // not a container, or another version of cgroups
    }
  }
  const [limit, period] = read('cpu.max')?.split(' ') ?? [
    read('cpu/cpu.cfs_quota_us'),
    read('cpu/cpu.cfs_period_us'),
  ]
  const cpus = Number(limit) / Number(period)
  return Number.isFinite(cpus) && cpus > 0 ? Math.max(1, Math.ceil(cpus)) : undefined
}
