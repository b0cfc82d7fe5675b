// One child process in its own group, its words passed on line by line. Knows nothing of nginx or gateways.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type Ended = { code: number | null; signal: NodeJS.Signals | null }
export type Child = {
  pid: number
  ended: Promise<Ended>
  running(): boolean
  kill(signal: NodeJS.Signals): void
  /** The last lines it said on standard error. */
  lastWords(): string
}

const KEPT_LINES = 40
const CLOSE_WITHIN_MS = 250

/** Own group: the terminal's Ctrl-C reaches only us, and we stop the children in the right order. */
export function startChild(
  file: string,
  args: string[],
  options: { cwd: string; onLine: (line: string) => void; env?: NodeJS.ProcessEnv },
): Child {
  const child: ChildProcess = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const words: string[] = []
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      words.push(line)
      if (words.length > KEPT_LINES) words.shift()
      options.onLine(line)
    })
  }
  let over = false
  const ended = new Promise<Ended>((resolve) => {
    child.once('error', (error) => {
      over = true
      words.push(error.message)
      resolve({ code: 127, signal: null })
    })
    // `close`, not `exit`: its last words have been read. A successor that writes to the same pipes keeps them open.
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      over = true
      resolve({ code, signal })
    }
    child.once('close', end)
    child.once('exit', (code, signal) => void setTimeout(() => end(code, signal), CLOSE_WITHIN_MS))
  })
  return {
    pid: child.pid ?? 0,
    ended,
    running: () => !over,
    kill: (signal) => void (over || child.kill(signal)),
    lastWords: () => words.join('\n'),
  }
}

export const endedHow = ({ code, signal }: Ended): string =>
  signal ? `signal ${signal}` : `exit code ${code}`
