// The gateway's part of a change: new code needs a reload, new options or a new gateway a replacement of the process.
// Neither loses a request; one that fails leaves the old gateway in service.

import { join } from 'node:path'
import type { GatewayOptionsInput } from '../../gateway/options.ts'
import { ask } from '../gateway/client.ts'

/** What is to be done, and what was done. */
export type Turn = 'reload' | 'replace' | 'leave'
export type Turned = { failed: string | undefined; done: Turn; said: string | undefined }

/** Files that a running process has read once and for all. */
export const needsNewProcess = (paths: readonly string[]): boolean =>
  paths.some((path) => path === 'gateway.json' || path === 'gateway.mjs' || path.startsWith('python/'))

/** The control socket of the gateway with these options. */
export const controlOf = (options: GatewayOptionsInput): string =>
  options['control-socket'] ?? join(String(options['run-dir']), 'control.sock')

/** How long a new gateway may take to load the application and take over. */
const replaceLimitMs = 120_000

export async function turnGateway(control: string, turn: Turn): Promise<Turned> {
  if (turn === 'leave') return { failed: undefined, done: 'leave', said: undefined }
  return turn === 'reload' ? reload(control) : replace(control)
}

async function reload(control: string): Promise<Turned> {
  const answer = await ask(control, { command: 'reload' }).catch(() => undefined)
  if (answer === undefined) return notRunning
  if (!answer.ok) return failed(`the gateway does not load the application: ${answer.text}`)
  return { failed: undefined, done: 'reload', said: `the gateway runs generation ${answer.generation}` }
}

async function replace(control: string): Promise<Turned> {
  const status = await ask(control, { command: 'status' }).catch(() => undefined)
  if (status === undefined) return notRunning
  const answer = await within(
    ask(control, { command: 'upgrade' }).catch(() => undefined),
    replaceLimitMs,
  )
  if (answer?.ok) {
    return { failed: undefined, done: 'replace', said: `the gateway has been replaced (pid ${answer.pid})` }
  }
  if (answer?.code === 'CONTROL_UNKNOWN_COMMAND' || answer?.code === 'NO_UPGRADE') {
    return failed(
      `the gateway’s options have changed and it cannot replace itself (${answer.text}): restart it`,
    )
  }
  const why = answer?.text ?? `it said nothing within ${replaceLimitMs / 1000} s`
  return failed(`a gateway with the new options does not start (${why}); its log says more`)
}

const notRunning: Turned = {
  failed: undefined,
  done: 'leave',
  said: 'the gateway is not running: nothing to reload',
}
const failed = (reason: string): Turned => ({ failed: reason, done: 'leave', said: undefined })

function within<T>(work: Promise<T>, limitMs: number): Promise<T | undefined> {
  return new Promise((done) => {
    const timer = setTimeout(() => done(undefined), limitMs)
    void work.then((value) => {
      clearTimeout(timer)
      done(value)
    })
  })
}
