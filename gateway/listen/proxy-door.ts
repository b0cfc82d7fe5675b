// An HTTP connection that a proxy introduces (`http-enable-proxy-protocol`): the header comes first, and the client it names
// is the socket's address from then on. Who does not begin so is refused: nobody may choose to be introduced or not.

import type { Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import { writeRefusal } from '../protocol/refusal.ts'
import type { Gate, Kept } from './gate.ts'
import { readProxyHeader } from './proxy-header.ts'

export class ProxyDoor implements Kept {
  deadline: number
  private readonly socket: Socket
  private readonly gate: Gate
  private readonly takeHttp: (socket: Socket) => void
  private early: Buffer = Buffer.alloc(0)
  private readonly onData = (bytes: Buffer): void => this.hear(bytes)
  private readonly onClose = (): void => this.gate.leave(this)
  private readonly onError = (): void => {}

  constructor(socket: Socket, gate: Gate, takeHttp: (socket: Socket) => void) {
    this.socket = socket
    this.gate = gate
    this.takeHttp = takeHttp
    this.deadline = gate.now + gate.limits.headMs
    gate.enter(this)
    socket.on('data', this.onData)
    socket.on('end', this.onEnd)
    socket.on('close', this.onClose)
    socket.on('error', this.onError)
  }

  private readonly onEnd = (): void => void this.socket.destroy()

  private hear(bytes: Buffer): void {
    this.early = this.early.length === 0 ? bytes : Buffer.concat([this.early, bytes])
    try {
      const header = readProxyHeader(this.early)
      if (header !== undefined) this.open(header.size, header.address, header.port)
    } catch (error) {
      if (!(error instanceof PosternError)) throw error
      this.refuse(error)
    }
  }

  private open(size: number, address: string | undefined, port: number | undefined): void {
    const { socket } = this
    socket.off('data', this.onData)
    socket.off('end', this.onEnd)
    socket.off('close', this.onClose)
    socket.off('error', this.onError)
    this.gate.leave(this)
    if (address !== undefined) {
      // Getters of net.Socket: what is the object's own comes before them.
      Object.defineProperty(socket, 'remoteAddress', { value: address })
      Object.defineProperty(socket, 'remotePort', { value: port })
    }
    socket.pause()
    if (size < this.early.length) socket.unshift(this.early.subarray(size))
    this.takeHttp(socket)
  }

  private refuse(error: PosternError): void {
    const { socket, gate } = this
    gate.warnPeer(error, 'http', socket.remoteAddress ?? 'unix')
    socket.off('data', this.onData)
    socket.resume()
    this.deadline = gate.now + gate.limits.lingerMs
    const { head, body } = writeRefusal(error)
    socket.end(Buffer.concat([Buffer.from('HTTP/1.1 '), head, body]))
  }

  expire(): void {
    this.destroy()
  }

  drain(): void {
    this.destroy()
  }

  destroy(): void {
    this.socket.destroy()
  }
}
