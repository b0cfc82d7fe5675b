// Whether nginx can get at a socket file: another user needs `x` on every directory above it, and `w` on the socket itself.
// Looks and warns, changes nothing.

import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../log.ts'

/** The folders on the way to a path, from `/` down. */
export function foldersAbove(path: string): string[] {
  const above: string[] = []
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    above.unshift(folder)
    if (folder === dirname(folder)) return above
  }
}

/** The first directory above the socket that only its owner (or group) may enter, outermost first; undefined when all can. */
function closedDirectory(socket: string): { path: string; mode: string } | undefined {
  for (const path of foldersAbove(socket)) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode
    if (mode !== undefined && (mode & 0o001) === 0) return { path, mode: (mode & 0o777).toString(8) }
  }
  return undefined
}

/** The mode of a socket that only root can connect to, whoever nginx's workers are; undefined when others can. */
function rootsOwn(socket: string): string | undefined {
  const there = statSync(socket, { throwIfNoEntry: false })
  if (there === undefined || there.uid !== 0 || there.gid !== 0) return undefined
  return (there.mode & 0o002) === 0 ? (there.mode & 0o777).toString(8) : undefined
}

/** Says why nginx may not get at the socket, and what to do. */
export function warnOfReach(socket: string, log: Log): void {
  const mode = rootsOwn(socket)
  if (mode !== undefined) {
    const hint =
      'nginx’s workers cannot connect unless they are root: chown-socket = :www-data (their group), or chmod-socket = 666'
    log.warning('only root can connect to the socket', { path: socket, mode, hint })
  }
  const closed = closedDirectory(socket)
  if (closed === undefined) return
  const hint = `if nginx runs as another user it cannot reach the socket: chmod o+x ${closed.path}, put nginx's user into its group, or choose another run-dir`
  log.warning('directory is closed to others', { ...closed, hint })
}
