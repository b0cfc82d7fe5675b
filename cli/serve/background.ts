// daemonize: the same command once more, detached, with its output in the log file. The first process waits until the
// second one serves, so that a failing start has an exit code.

import { spawn } from 'node:child_process'
import { closeSync, openSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { PosternError } from '../../errors.ts'
import { predecessor } from '../../gateway/upgrade.ts'
import { note, warn } from '../print.ts'

const mark = 'POSTERN_IN_BACKGROUND'

/** The exit code of the first process; undefined in the second one, which goes on. */
export async function background(logFile: string, argv: readonly string[]): Promise<number | undefined> {
  // The successor of a gateway in the background (SIGUSR2) is there already.
  if (process.env[mark] !== undefined || predecessor() !== undefined) return undefined
  if (process.env.NOTIFY_SOCKET !== undefined || process.pid === 1) {
    const who =
      process.pid === 1 ? 'this is the first process of a container' : 'systemd watches this process'
    warn(`daemonize is not followed: ${who}; staying in the foreground`)
    return undefined
  }
  const log = openLogFile(resolve(logFile))
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] as string, 'serve', ...argv], {
    detached: true,
    stdio: ['ignore', log, log, 'pipe'],
    env: { ...process.env, [mark]: '3' },
  })
  closeSync(log)
  const ready = child.stdio[3] as Readable
  const code = await new Promise<number>((done) => {
    ready.on('data', () => done(0))
    child.on('error', () => done(70))
    child.on('exit', (exit) => done(exit ?? 70))
  })
  if (code === 0) note(`in the background as process ${child.pid}, logging to ${resolve(logFile)}`)
  else warn(`the start failed; ${resolve(logFile)} says why`)
  ready.destroy()
  child.unref()
  return code
}

function openLogFile(path: string): number {
  try {
    return openSync(path, 'a', 0o640)
  } catch (cause) {
    throw new PosternError(
      'FILE_NOT_WRITABLE',
      { what: 'daemonize', path, reason: (cause as Error).message },
      { cause },
    )
  }
}

/** Called when the gateway serves. */
export function tellReady(): void {
  const fd = Number(process.env[mark])
  if (!fd) return
  delete process.env[mark]
  writeSync(fd, 'ready\n')
  closeSync(fd)
}
