// Commands of the configuration, run by a shell: hooks (one after the other, a failure stops the start) and what daemons
// and schedules start. Knows processes and the log, not when they are due.

import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'

/** The environment and directory that commands share with the application. */
export function surroundings(options: GatewayOptions): { cwd: string; env: NodeJS.ProcessEnv } {
  const env: NodeJS.ProcessEnv = { ...process.env, ...options.env }
  for (const name of options.unenv) delete env[name]
  return { cwd: resolve(options.chdir ?? '.'), env }
}

/** Starts a command in a process group of its own; what it prints goes to the log. */
export function startCommand(command: string, options: GatewayOptions, log: Log): ChildProcess {
  const child = spawn('/bin/sh', ['-c', command], {
    ...surroundings(options),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    stream.on('data', (bytes: Buffer) => log.output(bytes))
  }
  return child
}

/** Signals the whole group: the shell and what it started. */
export function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // Gone already.
  }
}

/** Runs the commands of one moment in order; throws at the first that fails. */
export async function runHooks(
  moment: 'exec-asap' | 'exec-pre-app' | 'exec-post-app' | 'exec-as-root' | 'exec-as-user',
  options: GatewayOptions,
  log: Log,
): Promise<void> {
  for (const command of options[moment]) {
    log.info('running', { moment, command })
    const ending = await ended(startCommand(command, options, log))
    if (ending !== '0') throw new PosternError('HOOK_FAILED', { moment, command, ending })
  }
}

/** At the end nothing is stopped by a failure. */
export async function runExitHooks(options: GatewayOptions, log: Log): Promise<void> {
  for (const command of options['exec-as-user-atexit']) {
    const ending = await ended(startCommand(command, options, log))
    if (ending !== '0') log.warning('command failed', { moment: 'exec-as-user-atexit', command, ending })
  }
}

/** Exit code or signal, or why it could not be started. */
export const ended = (child: ChildProcess): Promise<string> =>
  new Promise((done) => {
    child.once('error', (error) => done(error.message))
    child.once('close', (code, signal) => done(String(code ?? signal)))
  })
