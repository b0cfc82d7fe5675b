// Whether nginx can get at a socket file: another user needs `x` on every directory above it. Looks, changes nothing.

import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/** The first directory above the socket that only its owner (or group) may enter, outermost first; undefined when all can. */
export function closedDirectory(socket: string): { path: string; mode: string } | undefined {
  const above: string[] = []
  for (let path = dirname(socket); ; path = dirname(path)) {
    above.unshift(path)
    if (path === dirname(path)) break
  }
  for (const path of above) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode
    if (mode !== undefined && (mode & 0o001) === 0) return { path, mode: (mode & 0o777).toString(8) }
  }
  return undefined
}
