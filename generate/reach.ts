// Can nginx's workers get to these files? Looks at permissions only. Knows nothing of what the files are for.

import { readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

type Account = { uid: number; gid: number }

/** The account from /etc/passwd; undefined for an unknown name. */
export function accountOf(user: string, passwd = readFileSync('/etc/passwd', 'utf8')): Account | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === user)
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) }
}

type Owned = { mode: number; uid: number; gid: number }

/** `bit`: 4 to read, 1 to enter. */
const may = (bit: 1 | 4, { mode, uid, gid }: Owned, who: Account): boolean => {
  const shift = uid === who.uid ? 6 : gid === who.gid ? 3 : 0
  return (mode & (bit << shift)) !== 0
}

/** The folders above are another question. */
export const isReadable = (path: string, who: Account): boolean => {
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && may(4, stat, who)
}

/** The topmost folder above `path` that `who` may not enter; undefined when all are open. */
export function closedFolder(path: string, who: Account): string | undefined {
  const above: string[] = []
  for (let folder = path; ; folder = dirname(folder)) {
    above.unshift(folder)
    if (folder === dirname(folder)) break
  }
  return above.find((folder) => {
    const stat = statSync(folder, { throwIfNoEntry: false })
    return stat?.isDirectory() === true && !may(1, stat, who)
  })
}
