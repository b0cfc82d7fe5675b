// The one buffer small responses are put together in. A socket that could not send at once keeps it; then a new one is taken.

import type { Socket } from 'node:net'
import { ONE_WRITE_LIMIT } from '../protocol/limits.ts'
import { writeNow } from '../write-now.ts'

const SIZE = ONE_WRITE_LIMIT + 256

let scratch = Buffer.allocUnsafeSlow(SIZE)

export const takeScratch = (): Buffer => scratch

/** Writes the first `length` bytes of the scratch buffer. */
export function writeScratch(socket: Socket, fd: number, length: number): void {
  if (!writeNow(socket, fd, scratch, length)) scratch = Buffer.allocUnsafeSlow(SIZE)
}
