// Listeners on a temporary Unix socket with an echo behind them, torn down with the test.

import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { GateLimits } from '../../gateway/listen/gate.ts'
import { type OpenListeners, openListeners } from '../../gateway/listen/listen.ts'
import { gatewayOptions } from '../../gateway/options.ts'
import { type Answer, answerEcho, EchoDispatch } from './echo.ts'
import { tempFolder } from './nginx.ts'
import { exchangeBytes, type Heard, type ProtocolName, type Said, speak, understand } from './speak.ts'

export type LogLine = { event: string; facts: Record<string, unknown> }

export type Served = {
  path: string
  echo: EchoDispatch
  listeners: OpenListeners
  warnings: LogLine[]
  /** One request on its own connection; the answer when the peer has closed. */
  ask(protocol: ProtocolName, said: Said): Promise<Heard>
  /** Raw bytes, raw answer. */
  send(...pieces: (Buffer | string)[]): Promise<Buffer>
}

export async function serve(
  t: ExecutionContext,
  answer: Answer = answerEcho,
  options: object = {},
  limits: Partial<GateLimits> = {},
): Promise<Served> {
  const path = join(tempFolder('listen'), 's.sock')
  const echo = new EchoDispatch(answer)
  const warnings: LogLine[] = []
  const log = {
    info() {},
    warning: (event: string, facts = {}) => void warnings.push({ event, facts }),
  }
  const parsed = gatewayOptions.parse({ socket: [path], ...options })
  const listeners = await openListeners(parsed, echo, log, limits)
  t.teardown(() => listeners.destroy())
  return {
    path,
    echo,
    listeners,
    warnings,
    ask: async (protocol, said) =>
      understand(protocol, await exchangeBytes(path, [speak(protocol, said)]), said.method),
    send: (...pieces) =>
      exchangeBytes(
        path,
        pieces.map((piece) => Buffer.from(piece as string, 'latin1')),
      ),
  }
}

/** What `answerEcho` said. */
export type Echoed = { environ: Record<string, string>; body: Buffer; failed?: string }
export function echoed(heard: { body: Buffer }): Echoed {
  const read = JSON.parse(heard.body.toString())
  return { ...read, body: Buffer.from(read.body, 'base64') }
}
