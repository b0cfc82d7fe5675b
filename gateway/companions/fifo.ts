// master-fifo: a named pipe that takes uWSGI's one-letter commands. `echo r > /run/site.fifo` reloads.

import { execFileSync } from 'node:child_process'
import { constants, openSync, rmSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'

export type FifoActs = {
  reload(): void
  stop(): void
  kill(): void
  more(): void
  fewer(): void
  pause(): void
  reopenLog(): void
  rotateLog(): void
  statistics(): void
  writePidfiles(): void
}

/** uWSGI's letters (core/fifo.c); chain, graceful and brutal reloads are one here. */
const letters: Record<string, keyof FifoActs> = {
  r: 'reload',
  R: 'reload',
  c: 'reload',
  w: 'reload',
  W: 'reload',
  q: 'stop',
  Q: 'kill',
  '+': 'more',
  '-': 'fewer',
  p: 'pause',
  l: 'reopenLog',
  L: 'rotateLog',
  s: 'statistics',
  P: 'writePidfiles',
}

/** Makes the pipe if it is not there; the returned function closes and removes it. */
export function openFifo(path: string, acts: FifoActs, log: Log): () => void {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) execFileSync('mkfifo', ['-m', '600', path], { stdio: 'pipe' })
    else if (!found.isFIFO()) throw new Error('there is something else')
  } catch (cause) {
    const reason = (cause as { stderr?: Buffer }).stderr?.toString().trim() || (cause as Error).message
    throw new PosternError('FIFO_UNUSABLE', { path, reason }, { cause })
  }
  // Opened for writing too: it has no end when a writer leaves.
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const pipe = new Socket({ fd, readable: true, writable: false })
  pipe.on('error', (error) => log.warning('master-fifo', { path, reason: error.message }))
  pipe.on('data', (bytes: Buffer) => {
    for (const letter of bytes.toString('latin1')) {
      const act = letters[letter]
      if (act) acts[act]()
      else if (!/[\s\d]/.test(letter)) log.warning('master-fifo: unknown command', { path, letter })
    }
  })
  pipe.unref()
  return () => {
    pipe.destroy()
    rmSync(path, { force: true })
  }
}
