// The one buffer small responses are put together in, and its way out. A socket that has nothing queued is written to by
// the system call itself: node's stream layer costs as much again as the rest of a small response (docs/decisions/0002).

import { writeSync } from 'node:fs'
import type { Socket } from 'node:net'
import { ONE_WRITE_LIMIT } from '../protocol/limits.ts'

const SIZE = ONE_WRITE_LIMIT + 256

let scratch = Buffer.allocUnsafeSlow(SIZE)

export const takeScratch = (): Buffer => scratch

/** The socket's file descriptor, or -1 where there is none to be had. Good as long as the socket is not destroyed. */
export const descriptorOf = (socket: Socket): number =>
  (socket as unknown as { _handle: { fd?: number } | null })._handle?.fd ?? -1

/** Writes the first `length` bytes of the scratch buffer. */
export function writeScratch(socket: Socket, fd: number, length: number): void {
  // A closed descriptor's number may already be another connection's.
  if (socket.destroyed) return
  const sent = fd >= 0 && socket.writableLength === 0 ? writeNow(socket, fd, length) : 0
  if (sent === length) return
  socket.write(scratch.subarray(sent, length))
  if (socket.writableLength > 0) scratch = Buffer.allocUnsafeSlow(SIZE)
}

/** How many bytes the kernel took; all, when the peer is gone and nobody waits for them. */
function writeNow(socket: Socket, fd: number, length: number): number {
  try {
    return writeSync(fd, scratch, 0, length)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
    socket.destroy()
    return length
  }
}
