// The gateway as process 1 of a container: a small Python program takes that place, because somebody has to reap orphans
// and Node.js cannot wait for children that are not its own. Where Node.js can replace itself (22.15) it costs nothing.

import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import type { GatewayOptions } from './options.ts'
import { interpreter, workerPackage } from './pool/template.ts'

const passedOn = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGTTIN',
  'SIGTTOU',
] as const

type WithExecve = { execve?: (file: string, args: string[], env: NodeJS.ProcessEnv) => never }

export const needsInit = (): boolean => process.pid === 1 && process.env.POSTERN_INIT === undefined

/** Never returns where the process can replace itself; else runs the same command line below an init, and ends as it ends. */
export function runUnderInit(options: GatewayOptions): Promise<number> {
  const python = interpreter(options)
  const args = [join(workerPackage(), 'postern_worker', 'init.py'), process.execPath, ...process.execArgv]
  const command = [...args, ...process.argv.slice(1)]
  const env = { ...process.env, POSTERN_INIT: '1' }
  const { execve } = process as unknown as WithExecve
  if (execve !== undefined && python.startsWith('/')) execve.call(process, python, [python, ...command], env)
  const child = spawn(python, command, { stdio: 'inherit', env })
  for (const signal of passedOn) process.on(signal, () => child.kill(signal))
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`postern: ${python} cannot be started: ${error.message}\n`)
      resolve(3)
    })
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal as NodeJS.Signals]))
  })
}
