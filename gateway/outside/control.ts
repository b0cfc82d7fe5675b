// The control socket (0600, JSON lines): what `postern status|top|reload|stop|worker` talk to.
// Knows the commands' names and shapes; carries none of them out itself.

import { chmodSync, linkSync, renameSync, rmSync, statSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import { LineReader, writeLine } from '../pool/lines.ts'

export type ControlAnswer =
  | { ok: true; [fact: string]: unknown }
  | { ok: false; code: string; text: string; [fact: string]: unknown }

export type ControlCommands = Record<
  string,
  (message: Record<string, unknown>) => Promise<ControlAnswer> | ControlAnswer
>

/** A command is small; nobody needs more. */
const commandLimit = 4096
const connectionsLimit = 64

/** Refuses a path where another gateway answers, unless that is the one being replaced (`takeOver`). */
export async function openControl(
  path: string,
  commands: ControlCommands,
  takeOver = false,
): Promise<{ close(): void }> {
  if (!takeOver && (await isAnswered(path))) throw new PosternError('GATEWAY_SOCKET_LIVE', { path })
  const server: Server = createServer((socket) => converse(socket, commands))
  server.maxConnections = connectionsLimit
  rmSync(path, { force: true })
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(before)
  }
  chmodSync(path, 0o600)
  const mine = statSync(path).ino
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
  })
  return {
    close() {
      closeKeeping(server, path, mine)
      for (const socket of open) socket.end()
    },
  }
}

/** Closes a server on a socket file. Node.js removes the file, even when a successor has put its own there: that is kept. */
export function closeKeeping(server: Server, path: string, mine: number): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there === undefined || there.ino === mine) {
    server.close()
    rmSync(path, { force: true })
    return
  }
  const aside = `${path}.${process.pid}`
  linkSync(path, aside)
  server.close()
  renameSync(aside, path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path, () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}

function converse(socket: Socket, commands: ControlCommands): void {
  const lines = new LineReader(commandLimit)
  let turn = Promise.resolve()
  socket.on('error', () => {}) // the one who asked has left
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const message of lines.push(chunk)) {
        turn = turn.then(async () => {
          const answer = await answerTo(message, commands)
          if (socket.writable) socket.write(writeLine(answer))
        })
      }
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      socket.end(writeLine({ ok: false, code: error.code, text: error.message }))
    }
  })
}

async function answerTo(message: Record<string, unknown>, commands: ControlCommands): Promise<ControlAnswer> {
  const name = String(message.command)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    return {
      ok: false,
      code: 'CONTROL_UNKNOWN_COMMAND',
      text: `unknown command ${name}; known: ${Object.keys(commands).join(', ')}`,
    }
  }
  try {
    return await command(message)
  } catch (error) {
    const code = error instanceof PosternError ? error.code : 'INTERNAL'
    return { ok: false, code, text: (error as Error).message }
  }
}
