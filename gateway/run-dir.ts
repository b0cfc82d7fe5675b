// The run directory: made if missing, cleared of what gateways that are dead have left, checked for the length of paths.
// Touches disk; knows the names of the files in it, not what is in them.

import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PosternError } from '../errors.ts'

/** sun_path holds 108 bytes, the last one a zero. */
const socketPathLimit = 107

export function openRunDir(name: string): string {
  const dir = resolve(name)
  const longest = join(dir, `lanes-${'9'.repeat(10)}.sock`)
  if (Buffer.byteLength(longest) > socketPathLimit) {
    throw new PosternError('RUN_DIR_TOO_LONG', { dir, limit: socketPathLimit - 21 })
  }
  try {
    mkdirSync(dir, { recursive: true, mode: 0o755 })
    for (const file of readdirSync(dir)) {
      const owner = file.match(/^(?:lanes|started)-(\d+)\./)?.[1]
      if (owner !== undefined && !isAlive(Number(owner))) rmSync(join(dir, file), { force: true })
    }
  } catch (cause) {
    throw new PosternError('RUN_DIR_UNUSABLE', { dir, reason: (cause as Error).message }, { cause })
  }
  return dir
}

export function isAlive(pid: number): boolean {
  if (pid === process.pid) return false // an earlier process with our number
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
