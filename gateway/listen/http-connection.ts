// One HTTP connection, as far as node:http leaves something to do: how long its peer is waited for, and how it ends.

import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import { writeRefusal } from '../protocol/refusal.ts'
import type { Gate, Kept } from './gate.ts'
import type { BodyOwner } from './http-body.ts'

/** What node:http and we keep on a socket. */
export type HttpSocket = Socket & {
  httpConnection?: HttpConnection
  _httpMessage?: ServerResponse | null
  _handle?: { writeQueueSize?: number } | null
}

export class HttpConnection implements Kept {
  deadline = Number.POSITIVE_INFINITY
  readonly gate: Gate
  /** Whose body is arriving. */
  receiving: BodyOwner | undefined = undefined
  refused = false
  private readonly socket: Socket
  /** The peer will say no more; -1, or the bytes that had been written when that was looked at last. */
  private heardEndAt = -1
  /** What the peer had taken when that was looked at last; -1: it has nothing to take. */
  private takenAt = -1
  /** A file is on its way: somebody else writes it. */
  isServingFile = false

  constructor(socket: Socket, gate: Gate) {
    this.socket = socket
    this.gate = gate
    gate.enter(this)
    socket.on('close', () => gate.leave(this))
    socket.on('end', () => this.heardEnd())
  }

  /**
   * On TCP who has left and who has only nothing more to say (`nc -N`) look alike: an answer that comes within a moment is
   * sent, and goes on as long as it is taken. On a Unix socket nobody does that, and a front server that leaves is gone.
   */
  private heardEnd(): void {
    if (this.socket.remoteAddress === undefined) this.socket.end()
    else {
      this.heardEndAt = this.socket.bytesWritten
      this.idle()
    }
  }

  get isTcp(): boolean {
    return this.socket.remoteAddress !== undefined
  }

  get remote(): string {
    return this.socket.remoteAddress ?? 'unix'
  }

  /** The peer has to do something within the limit. */
  touch(): void {
    this.takenAt = -1
    this.deadline = this.gate.now + this.gate.limits.bodyMs
  }

  /** The peer has to take something of what is said to it within the limit, again and again. */
  awaitTaken(): void {
    this.takenAt = this.socket.bytesWritten - this.unsent
    this.deadline = this.gate.now + this.gate.limits.bodyMs
  }

  /** Bytes that the kernel has not taken: while there are some, the peer is slow. */
  private get unsent(): number {
    const { _handle: handle, writableLength } = this.socket as HttpSocket
    return writableLength + (handle?.writeQueueSize ?? 0)
  }

  /** Nothing is expected of the peer that node:http does not watch itself. */
  idle(): void {
    this.takenAt = -1
    this.deadline = this.heardEndAt < 0 ? Number.POSITIVE_INFINITY : this.gate.now + this.gate.limits.lingerMs
  }

  expire(): void {
    const { takenAt, unsent } = this
    const { bytesWritten } = this.socket
    if (takenAt >= 0 && unsent === 0 && !this.isServingFile) {
      this.idle()
      return
    }
    if (takenAt >= 0 && (unsent === 0 || bytesWritten - unsent > takenAt)) {
      this.awaitTaken()
      return
    }
    if (this.heardEndAt >= 0 && bytesWritten > this.heardEndAt) {
      this.heardEndAt = bytesWritten
      this.idle()
      return
    }
    this.deadline = Number.POSITIVE_INFINITY
    if (this.receiving === undefined) this.destroy()
    else
      this.receiving.fail(new PosternError('REQUEST_BODY_SLOW', { seconds: this.gate.limits.bodyMs / 1000 }))
  }

  /** Idle connections are closed by the server; the others after their answer, which says so. */
  drain(): void {}

  destroy(): void {
    this.socket.destroy()
  }

  /** A response that was begun cannot be completed: no clean end, not even where the close is the end. */
  reset(): void {
    if (this.socket.remoteAddress === undefined) this.socket.destroy()
    else this.socket.resetAndDestroy()
  }

  /**
   * The answer is the last, and body bytes may still be under way: closing at once would reset the connection and take
   * the answer along. So the peer gets a little time to read it and leave.
   */
  closeGently(response: ServerResponse): void {
    response.shouldKeepAlive = false
    this.socket.destroySoon = () => {
      this.takenAt = -1
      this.deadline = this.gate.now + this.gate.limits.lingerMs
      this.receiving = undefined
      this.socket.end()
    }
  }

  /** Bytes that were no request. */
  refuse(error: PosternError): void {
    if (this.refused || this.socket.destroyed) return
    this.refused = true
    this.gate.warnPeer(error, 'http', this.remote)
    const { head, body } = writeRefusal(error)
    this.deadline = this.gate.now + this.gate.limits.lingerMs
    if (!this.socket.writable) this.destroy()
    else {
      const closing = head.toString('latin1').replace('\r\n', '\r\nConnection: close\r\n')
      this.socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${closing}`, 'latin1'), body]))
    }
  }
}
