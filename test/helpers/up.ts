// `postern up` as a user runs it, from the built command line, on a port of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { tied } from './tied.ts'

export const repository = join(import.meta.dirname, '../..')

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

export type UpSite = {
  child: ChildProcess
  /** Everything it has said so far. */
  said(): string
  /** Resolves when the text has been said; rejects when the process ends before. */
  until(text: string | RegExp): Promise<void>
  /** Resolves with exit code or signal. */
  ended: Promise<number | string>
}

/** Starts `node bin/postern.mjs up …`; the caller waits for what it says. */
export function startUp(args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): UpSite {
  const file = join(repository, 'bin/postern.mjs')
  const [program, ...rest] = tied([process.execPath, file, 'up', ...args], 'TERM') as [string, ...string[]]
  const child = spawn(program, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  let over = false
  const waiting = new Set<() => void>()
  const heard = (chunk: Buffer) => {
    text += chunk
    for (const look of waiting) look()
  }
  child.stdout?.on('data', heard)
  child.stderr?.on('data', heard)
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => {
      over = true
      for (const look of waiting) look()
      resolve(code ?? signal ?? 'unknown')
    }),
  )
  return {
    child,
    ended,
    said: () => text,
    until: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text)) resolve()
          else if (over) reject(new Error(`ended without saying ${wanted}:\n${text}`))
          else return
          waiting.delete(look)
        }
        waiting.add(look)
        look()
      }),
  }
}
