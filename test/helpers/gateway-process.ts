// The gateway as a process of its own, for what only a process can show: signals, exit codes, what systemd sees.

import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { GatewayOptionsInput } from '../../gateway/index.ts'
import { countingApp, python } from './gateway.ts'
import { tempFolder } from './nginx.ts'
import { program } from './program.ts'
import { tied } from './tied.ts'

const root = join(import.meta.dirname, '../..')

let copied: string | undefined

/** A copy of the bundle and the worker: whoever the process becomes may not enter the folder of this repository. */
function script(): string {
  if (copied !== undefined) return copied
  const folder = tempFolder('gb')
  cpSync(program('gateway.ts'), join(folder, 'gateway.mjs'))
  cpSync(join(root, 'gateway/python'), join(folder, 'python'), { recursive: true })
  copied = join(folder, 'gateway.mjs')
  return copied
}

export type GatewayProcess = {
  child: ChildProcess
  folder: string
  socket: string
  /** Everything it wrote to standard error so far. */
  log(): string
  /** Resolves when the log matches; rejects when the process ends first. */
  heard(pattern: RegExp): Promise<RegExpMatchArray>
  exit: Promise<{ code: number | null; signal: string | null }>
  /** The process itself has ended; a successor may still write to its log. */
  gone: Promise<number | null>
}

export type SpawnExtras = {
  app?: string
  env?: Record<string, string>
  /** Command in front of node, such as a shell that sets something. */
  wrap?: (command: string[]) => string[]
  stdio?: ('pipe' | number)[]
}

export async function spawnGateway(
  t: ExecutionContext,
  options: Partial<GatewayOptionsInput> = {},
  extras: SpawnExtras = {},
): Promise<GatewayProcess> {
  const folder = tempFolder('gp')
  const socket = join(folder, 's')
  writeFileSync(join(folder, 'app.py'), extras.app ?? countingApp)
  const config = {
    socket: [socket],
    'wsgi-file': join(folder, 'app.py'),
    'run-dir': join(folder, 'r'),
    python,
    'disable-logging': true,
    ...options,
  }
  writeFileSync(join(folder, 'gateway.json'), JSON.stringify(config))
  // What a wrapper starts ends with the wrapper, the wrapper with this process.
  const plain = tied([process.execPath, script(), join(folder, 'gateway.json')])
  const [file, ...args] = (extras.wrap === undefined ? plain : tied(extras.wrap(plain))) as [
    string,
    ...string[],
  ]
  const child = spawn(file, args, {
    cwd: root,
    env: { ...process.env, ...extras.env },
    stdio: ['ignore', 'pipe', 'pipe', ...(extras.stdio ?? [])] as ('ignore' | 'pipe' | number)[],
  })
  let text = ''
  let ended = false
  const waiting = new Set<() => void>()
  const read = (chunk: Buffer): void => {
    text += chunk.toString()
    if (process.env.POSTERN_TEST_LOG) process.stderr.write(chunk)
    for (const look of [...waiting]) look()
  }
  child.stderr?.on('data', read)
  child.stdout?.on('data', read)
  const gone = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)))
  const exit = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('close', (code, signal) => {
      ended = true
      for (const look of [...waiting]) look()
      resolve({ code, signal })
    })
  })
  t.teardown(async () => {
    if (!ended) child.kill('SIGKILL')
    await gone
    child.stdout?.destroy()
    child.stderr?.destroy()
    if (existsSync(folder) && !process.env.POSTERN_TEST_LEAVE)
      rmSync(folder, { recursive: true, force: true })
  })
  const heard = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = text.match(pattern)
        if (found === null && !ended) return
        waiting.delete(look)
        if (found === null) reject(new Error(`ended without saying ${pattern}:\n${text}`))
        else resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { child, folder, socket, log: () => text, heard, exit, gone }
}

export const inService = /generation in service/
