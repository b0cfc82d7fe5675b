// A new connection's first byte says which protocol it speaks; this is the only place that knows all of them.

import type { Socket } from 'node:net'
import { PING } from '../protocol/uwsgi.ts'
import { FastCgiLink } from './fastcgi-link.ts'
import type { Gate, Kept } from './gate.ts'
import type { Link } from './link.ts'
import { UwsgiLink } from './uwsgi-link.ts'

const FASTCGI = 1
/** As a uwsgi modifier it would be Perl or eval, which nobody may have anyway. */
const TLS_HANDSHAKE = 0x16
const TLS_MAJOR = 3

/** Takes over a connection whose first bytes are HTTP; they have been put back. */
export type TakeHttp = (socket: Socket) => void

/** Waits for the first byte of a connection. */
export class Door implements Kept {
  deadline: number
  private readonly socket: Socket
  private readonly gate: Gate
  private readonly takeHttp: TakeHttp
  private early: Buffer | undefined = undefined

  constructor(socket: Socket, gate: Gate, takeHttp: TakeHttp) {
    this.socket = socket
    this.gate = gate
    this.takeHttp = takeHttp
    // nginx may open a connection long before it sends a request on it.
    this.deadline = gate.now + gate.limits.idleMs
    gate.enter(this)
    ;(socket as DoorSocket).door = this
    socket.on('data', onData)
    socket.on('end', onEnd)
    socket.on('close', onClose)
    socket.on('error', onError)
  }

  open(bytes: Buffer): void {
    const { socket, gate } = this
    if (this.early !== undefined) bytes = Buffer.concat([this.early, bytes])
    const first = bytes[0] as number
    if (first === PING && bytes.length < 2) {
      // `d` may be uwsgi's ping or the beginning of a line of text: the second byte tells.
      this.early = bytes
      return
    }
    socket.off('data', onData)
    socket.off('end', onEnd)
    socket.off('close', onClose)
    socket.off('error', onError)
    ;(socket as DoorSocket).door = undefined
    if (isHttp(first, bytes[1])) {
      gate.leave(this)
      socket.pause()
      socket.unshift(bytes)
      this.takeHttp(socket)
      return
    }
    const link: Link = first === FASTCGI ? new FastCgiLink(socket, gate) : new UwsgiLink(socket, gate)
    gate.leave(this)
    link.receive(bytes, bytes.length)
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

  closed(): void {
    this.gate.leave(this)
  }
}

/** Letters and line ends are text, and node:http says what is wrong with them, with TLS too; the rest is binary. */
const isHttp = (first: number, second: number | undefined): boolean =>
  (first === TLS_HANDSHAKE && second === TLS_MAJOR) ||
  (first >= 0x41 && first <= 0x5a) ||
  (first >= 0x61 && first <= 0x7a && !(first === PING && (second ?? 0) < 0x20)) ||
  first === 0x0d ||
  first === 0x0a

type DoorSocket = Socket & { door: Door | undefined }

function onData(this: Socket, bytes: Buffer): void {
  ;(this as DoorSocket).door?.open(bytes)
}
function onEnd(this: Socket): void {
  this.destroy()
}
function onClose(this: Socket): void {
  ;(this as DoorSocket).door?.closed()
}
function onError(this: Socket): void {}
