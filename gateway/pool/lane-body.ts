// Bodies of requests on their way to a worker, frame by frame.

import type { Socket } from 'node:net'
import { keepUnsent } from '../lent.ts'
import { BODY, BODY_FAILED, END, frameHeader } from './frames.ts'

/** The bytes are lent. False: the socket is full. */
export function writeBody(socket: Socket, id: number, bytes: Buffer, end: boolean): boolean {
  const header = frameHeader(bytes.length, id, BODY, end ? END : 0)
  if (bytes.length === 0) return socket.write(header)
  socket.cork()
  socket.write(header)
  const room = socket.write(bytes)
  socket.uncork()
  keepUnsent(socket)
  return room
}

export function writeBodyFailed(socket: Socket, id: number, reason: string): void {
  const text = Buffer.from(reason.replace(/[^\x20-\x7e]/g, '?'), 'latin1')
  socket.write(Buffer.concat([frameHeader(text.length, id, BODY_FAILED, 0), text]))
}
