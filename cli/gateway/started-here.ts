// A gateway started by a command line or a uwsgi.ini works in a private folder below /tmp. A note in it says from where it
// was started and by which process, so that `postern status` in the same folder finds it. Knows no sockets.

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const name = 'started-from'
export const privatePrefix = 'postern-'

/** The places where private folders are made: the session's own first. */
export const privateParents = (): string[] =>
  [process.env.XDG_RUNTIME_DIR, tmpdir()].filter(
    (parent) => parent !== undefined && parent !== '',
  ) as string[]

/** Written by the gateway, while it is still who started it. */
export function noteStart(privateDir: string, cwd = process.cwd()): void {
  writeFileSync(join(privateDir, name), `${process.pid}\n${cwd}\n`, { mode: 0o600 })
}

/** The private folders of gateways that live, were started from that folder and by this user. */
export function startedFrom(folder: string, parents = privateParents()): string[] {
  return parents.flatMap((parent) =>
    entries(parent)
      .filter((entry) => entry.startsWith(privatePrefix))
      .map((entry) => join(parent, entry))
      .filter((place) => isOurs(join(place, name), folder)),
  )
}

function isOurs(file: string, folder: string): boolean {
  try {
    // Somebody else's note would lead us to somebody else's socket.
    if (statSync(file).uid !== process.getuid?.()) return false
    const [pid, ...cwd] = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n')
    if (cwd.join('\n') !== folder) return false
    return isAlive(Number(pid))
  } catch {
    return false // no note, or not ours to read
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // it lives, as another user
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // not there, or not ours to read
  }
}
