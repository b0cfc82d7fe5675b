// Talks to a running gateway: finds its control socket, asks one question, gives back the answer.
// Knows JSON lines and where gateways put their sockets; prints nothing.

import { existsSync, readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { PosternError } from '../../errors.ts'
import type { ControlAnswer } from '../../gateway/outside/control.ts'
import { startedFrom } from './started-here.ts'

export type ClientOptions = { control?: string; json?: boolean }

/** The options that every command about a running gateway has. */
export function withControl(command: Command): Command {
  return command
    .option('-c, --control <path>', 'control socket of the gateway, or its run directory')
    .addHelpText(
      'after',
      '\nWithout --control: $POSTERN_CONTROL, then what out/gateway.json or gateway.json says, then run/control.sock,\nthen the gateway that was started in this folder by a command line or a uwsgi.ini.',
    )
}

/** Where the control socket is, by what the user said or by what is lying around. */
export function findControl(given: string | undefined, folder = process.cwd()): string {
  const said = given ?? process.env.POSTERN_CONTROL
  if (said !== undefined) {
    const path = resolve(folder, said)
    return existsSync(join(path, 'control.sock')) ? join(path, 'control.sock') : path
  }
  const places = [
    ...['out/gateway.json', 'gateway.json'].map((file) => fromOptions(join(folder, file), folder)),
    join(folder, 'run/control.sock'),
    join(folder, 'out/run/control.sock'),
  ].filter((place) => place !== undefined)
  const lying = places.find((place) => existsSync(place))
  if (lying !== undefined) return lying
  const started = startedFrom(folder).map((privateDir) => join(privateDir, 'control.sock'))
  if (started.length > 1) throw new PosternError('GATEWAY_SEVERAL', { folder, paths: started })
  return started[0] ?? (places[0] as string)
}

function fromOptions(file: string, folder: string): string | undefined {
  if (!existsSync(file)) return undefined
  try {
    const options = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    const control = options['control-socket'] ?? join(String(options['run-dir'] ?? 'run'), 'control.sock')
    return resolve(folder, String(control))
  } catch {
    return undefined // not a gateway's options; the next place may be
  }
}

/** Sends one command and waits for its answer; a command that fails comes back as `ok: false`. */
export function ask(path: string, message: Record<string, unknown>): Promise<ControlAnswer> {
  return new Promise((answer, fail) => {
    const socket = connect(path)
    let text = ''
    const notRunning = (reason: string) => fail(new PosternError('GATEWAY_NOT_RUNNING', { path, reason }))
    socket.setEncoding('utf8')
    socket.once('connect', () => socket.write(`${JSON.stringify(message)}\n`))
    socket.on('data', (chunk) => {
      text += chunk
      const end = text.indexOf('\n')
      if (end === -1) return
      answer(JSON.parse(text.slice(0, end)) as ControlAnswer)
      socket.destroy()
    })
    socket.once('error', (error) => notRunning(error.message))
    socket.once('close', () => notRunning('it hung up without an answer'))
  })
}

/** As `ask`; an answer that says no becomes an error. */
export async function demand(
  options: ClientOptions,
  message: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const answer = await ask(findControl(options.control), message)
  if (!answer.ok) throw new PosternError('GATEWAY_SAID_NO', { text: answer.text })
  return answer
}
