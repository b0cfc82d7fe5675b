// uid and gid: who the gateway becomes once its sockets are bound. Knows the user database through the system's own files.

import { accessSync, chownSync, constants, existsSync, readFileSync } from 'node:fs'
import { PosternError } from '../errors.ts'
import { foldersAbove } from './outside/reach.ts'

export type Identity = { uid: number; gid: number; user: string | undefined; more: number[] }

/** In Node.js since 0.9, missing in its types. */
type InitGroups = { initgroups(user: string, extraGroup: number): void }

type Row = { name: string; id: number; gid: number }

function rows(file: string): Row[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length > 3)
    .map((fields) => ({ name: fields[0] as string, id: Number(fields[2]), gid: Number(fields[3]) }))
}

/** Who `uid` and `gid` mean; undefined when neither is set. */
export function readIdentity(
  uid: string | undefined,
  gid: string | undefined,
  more: readonly string[] = [],
): Identity | undefined {
  if (uid === undefined && gid === undefined) return undefined
  const user = uid === undefined ? undefined : find('/etc/passwd', uid)
  if (uid !== undefined && user === undefined && !/^\d+$/.test(uid)) {
    throw new PosternError('UNKNOWN_USER', { kind: 'user', name: uid })
  }
  const group = gid === undefined ? undefined : find('/etc/group', gid)
  if (gid !== undefined && group === undefined && !/^\d+$/.test(gid)) {
    throw new PosternError('UNKNOWN_USER', { kind: 'group', name: gid })
  }
  const own = process.getuid?.() ?? 0
  const ownGroup = process.getgid?.() ?? 0
  return {
    uid: user?.id ?? (uid === undefined ? own : Number(uid)),
    gid: group?.id ?? (gid === undefined ? (user?.gid ?? ownGroup) : Number(gid)),
    user: user?.name,
    more: more.map(groupNumber),
  }
}

function groupNumber(name: string): number {
  const id = find('/etc/group', name)?.id
  if (id !== undefined) return id
  if (/^\d+$/.test(name)) return Number(name)
  throw new PosternError('UNKNOWN_USER', { kind: 'group', name })
}

const find = (file: string, name: string): Row | undefined =>
  rows(file).find((row) => row.name === name || String(row.id) === name)

/** As the user we have become: what the workers are started from must be readable. Throws INSTALLATION_CLOSED. */
export function requireReadable(path: string, user: string): void {
  if (allows(path, constants.R_OK)) return
  const folder = foldersAbove(path).find((one) => !allows(one, constants.X_OK)) ?? path
  throw new PosternError('INSTALLATION_CLOSED', { user, path, folder })
}

function allows(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

/** Becomes that user for good. `own` are files and directories that have to stay writable afterwards. */
export function dropPrivileges(identity: Identity, own: readonly string[]): void {
  const { uid, gid, user, more } = identity
  if (process.getuid?.() !== 0) {
    if (process.getuid?.() === uid && process.getgid?.() === gid) return
    throw new PosternError('CANNOT_DROP', { uid, gid })
  }
  for (const path of own) if (existsSync(path)) chownSync(path, uid, gid)
  if (user === undefined) process.setgroups?.([gid])
  else (process as unknown as InitGroups).initgroups(user, gid)
  if (more.length > 0) process.setgroups?.([...new Set([...(process.getgroups?.() ?? []), ...more])])
  process.setgid?.(gid)
  process.setuid?.(uid)
}
