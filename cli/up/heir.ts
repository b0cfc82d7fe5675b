// The gateway that has replaced ours (SIGUSR2, `postern apply`): a process we did not start and must still watch and stop.

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ask } from '../gateway/client.ts'
import { ASK_EVERY_MS } from './ready.ts'

/** In the environment of our gateway, and so of all that replace it. */
export const markName = 'POSTERN_UP'

export type Heir = {
  pid: number
  running(): boolean
  kill(signal: NodeJS.Signals): void
  gone: Promise<void>
}

/** Who serves this socket now, when it descends from the gateway that process `mark` started. */
export async function heirOf(socket: string, mark: number): Promise<Heir | undefined> {
  const answer = await ask(join(dirname(socket), 'control.sock'), { command: 'status' }).catch(
    () => undefined,
  )
  const pid = Number((answer as { status?: { pid?: number } } | undefined)?.status?.pid)
  return pid > 1 && isMarked(pid, mark) ? heir(pid, mark) : undefined
}

function isMarked(pid: number, mark: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${markName}=${mark}`)
  } catch {
    return false // it has ended, or is somebody else's
  }
}

function heir(pid: number, mark: number): Heir {
  const running = (): boolean => isMarked(pid, mark)
  const gone = (async () => {
    while (running()) await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS * 5))
  })()
  const kill = (signal: NodeJS.Signals): void => {
    if (running()) process.kill(pid, signal)
  }
  return { pid, running, kill, gone }
}
