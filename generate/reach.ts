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

const enters = ({ mode, uid, gid }: { mode: number; uid: number; gid: number }, who: Account): boolean => {
  if (uid === who.uid) return (mode & 0o100) !== 0
  if (gid === who.gid) return (mode & 0o010) !== 0
  return (mode & 0o001) !== 0
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
    return stat?.isDirectory() === true && !enters(stat, who)
  })
}
