// lanes.sock: where workers connect back. Checks the token, reads the first bytes, and hands each connection on.
// Knows HELLO and the helm's first line; must not know what flows afterwards.

import { timingSafeEqual } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { helloMagic, helloSize } from './frames.ts'

export type LaneHello = { workerId: number; lane: number }
export type HelmHello = { workerId: number; pid: number }

export type LaneServerHandler = {
  lane(hello: LaneHello, socket: Socket): void
  helm(hello: HelmHello, socket: Socket): void
  refused(reason: string): void
}

/** A stranger gets this long and this many bytes before it is cut off. */
const helloLimitMs = 10_000
const helmLineLimit = 512

export class LaneServer {
  readonly path: string
  readonly #token: Buffer
  readonly #handler: LaneServerHandler
  readonly #server: Server

  constructor(path: string, token: string, handler: LaneServerHandler) {
    this.path = path
    this.#token = Buffer.from(token)
    this.#handler = handler
    this.#server = createServer({ noDelay: true }, (socket) => this.#greet(socket))
  }

  listen(): Promise<void> {
    rmSync(this.path, { force: true })
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ path: this.path, backlog: 1024 }, () => {
        chmodSync(this.path, 0o600)
        this.#server.off('error', reject)
        resolve()
      })
    })
  }

  close(): void {
    this.#server.close()
    rmSync(this.path, { force: true })
  }

  #greet(socket: Socket): void {
    let held: Buffer = Buffer.alloc(0)
    socket.setTimeout(helloLimitMs, () => this.#refuse(socket, 'said nothing in time'))
    const refuse = () => socket.destroy()
    socket.on('error', refuse)
    const read = (chunk: Buffer): void => {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      const size = this.#helloEnd(held)
      if (size === undefined) return
      if (size === 0) {
        this.#refuse(socket, 'neither a lane nor a helm')
        return
      }
      socket.off('data', read)
      socket.off('error', refuse)
      socket.setTimeout(0)
      const rest = held.subarray(size)
      if (!this.#admit(socket, held.subarray(0, size))) this.#refuse(socket, 'wrong token')
      else if (rest.length > 0) socket.emit('data', rest)
    }
    socket.on('data', read)
  }

  /** Size of the greeting, 0 if it is none, undefined if more is needed. */
  #helloEnd(held: Buffer): number | undefined {
    if (held[0] === 0x7b) {
      const end = held.indexOf(10)
      if (end !== -1) return end + 1
      return held.length > helmLineLimit ? 0 : undefined
    }
    const magic = Math.min(4, held.length)
    if (held.toString('latin1', 0, magic) !== helloMagic.slice(0, magic)) return 0
    return held.length < helloSize ? undefined : helloSize
  }

  #admit(socket: Socket, hello: Buffer): boolean {
    if (hello[0] !== 0x7b) {
      if (!this.#isToken(hello.subarray(4, 36))) return false
      this.#handler.lane({ workerId: hello.readUInt32LE(36), lane: hello.readUInt16LE(40) }, socket)
      return true
    }
    let said: { helm?: unknown; token?: unknown; pid?: unknown }
    try {
      said = JSON.parse(hello.toString('utf8'))
    } catch {
      return false
    }
    if (typeof said.token !== 'string' || !this.#isToken(Buffer.from(said.token))) return false
    if (typeof said.helm !== 'number' || typeof said.pid !== 'number') return false
    this.#handler.helm({ workerId: said.helm, pid: said.pid }, socket)
    return true
  }

  #isToken(bytes: Buffer): boolean {
    return bytes.length === this.#token.length && timingSafeEqual(bytes, this.#token)
  }

  #refuse(socket: Socket, reason: string): void {
    this.#handler.refused(reason)
    socket.destroy()
  }
}
