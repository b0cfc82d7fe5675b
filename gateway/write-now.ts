// Small writes by the system call itself: node's stream layer costs as much again as the rest of a small message
// (docs/decisions/0002). Knows sockets and one buffer that small messages are put together in.

import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'

/** The socket's file descriptor, or -1 where there is none to be had. Good as long as the socket is not destroyed. */
export const descriptorOf = (socket: Socket): number =>
  (socket as unknown as { _handle: { fd?: number } | null })._handle?.fd ?? -1

/**
 * Writes the first `length` bytes of `bytes`; true when the kernel has taken all of them, or the peer is gone and nobody
 * waits for them. False: the socket keeps the rest, `bytes` must not be written to again.
 */
export function writeNow(socket: Socket, fd: number, bytes: Buffer, length: number): boolean {
  // A closed descriptor's number may already be another connection's.
  if (socket.destroyed) return true
  const sent = fd >= 0 && socket.writableLength === 0 ? attempt(socket, fd, bytes, length) : 0
  if (sent === length) return true
  socket.write(bytes.subarray(sent, length))
  return socket.writableLength === 0
}

function attempt(socket: Socket, fd: number, bytes: Buffer, length: number): number {
  try {
    return writeSync(fd, bytes, 0, length)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    socket.destroy()
    return length
  }
}
