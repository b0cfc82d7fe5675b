// Can nginx's workers get to these files? Looks at permissions only. Knows nothing of what the files are for.

import { readFileSync, type Stats, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** `groups`: the account's own first, then those it was put into, which nginx gives its workers too. */
export type Account = { name: string; uid: number; groups: number[] }

type Who = Pick<Account, 'uid' | 'groups'>

const rowsOf = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))

/** An account of this machine; undefined for an unknown name, or where there are no such files. */
export function accountOf(name: string, passwd = '/etc/passwd', group = '/etc/group'): Account | undefined {
  try {
    const row = rowsOf(passwd).find((fields) => fields[0] === name)
    if (row === undefined) return undefined
    const more = rowsOf(group)
      .filter((fields) => fields[3]?.split(',').includes(name))
      .map((fields) => Number(fields[2]))
    return { name, uid: Number(row[2]), groups: [Number(row[3]), ...more] }
  } catch {
    return undefined
  }
}

/** `bit`: 4 to read, 2 to write, 1 to enter. */
export function may(
  who: Who,
  { mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>,
  bit: 1 | 2 | 4,
): boolean {
  if (who.uid === 0) return true
  const shift = uid === who.uid ? 6 : who.groups.includes(gid) ? 3 : 0
  return (mode & (bit << shift)) !== 0
}

/** The folders above are another question. */
export const isReadable = (path: string, who: Who): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && may(who, stat, 4)
}

/** The topmost of `folder` and those above it that `who` may not enter; undefined when all are open, or not there. */
export function closedFolder(folder: string, who: Who): string | undefined {
  const above: string[] = []
  for (let at = folder; ; at = dirname(at)) {
    above.unshift(at)
    if (at === dirname(at)) break
  }
  return above.find((one) => {
    const stat = statSync(one, { throwIfNoEntry: false })
    return stat?.isDirectory() === true && !may(who, stat, 1)
  })
}
