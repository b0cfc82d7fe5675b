// Lets an accepted socket read into a buffer we own, as `onread` does for sockets that connect: no allocation, no stream
// event per read (measured: 64 KiB malloc, realloc and an ArrayBuffer saved for each request). Node offers it for accepted
// sockets only behind symbols; where they are not found, the caller stays with `data` events.

import { Socket } from 'node:net'

type Reading = {
  _handle: { useUserBuffer?: (buffer: Uint8Array) => void } | null
  [symbol: symbol]: unknown
}

const symbolOf = (name: string): symbol | undefined =>
  Object.getOwnPropertySymbols(new Socket()).find((symbol) => symbol.description === name)

const kBuffer = symbolOf('kBuffer')
const kBufferCb = symbolOf('kBufferCb')
const kBufferGen = symbolOf('kBufferGen')

/**
 * From the next read on, bytes come into `buffer` and `heard` is called with their number; they are overwritten by the
 * read after it, on whatever socket. `next`, asked after each call, may name another buffer for the reads to come.
 * Returns false when this Node cannot.
 */
export function readInto(
  socket: Socket,
  buffer: Buffer,
  heard: (length: number, buffer: Buffer) => void,
  next?: () => Buffer | undefined,
): boolean {
  const reading = socket as unknown as Reading
  const { _handle: handle } = reading
  if (kBuffer === undefined || kBufferCb === undefined || kBufferGen === undefined) return false
  if (typeof handle?.useUserBuffer !== 'function') {
    return false
  }
  if (socket.readableLength > 0) return false
  reading[kBuffer] = buffer
  reading[kBufferCb] = heard
  if (next !== undefined) reading[kBufferGen] = next
  handle.useUserBuffer(buffer)
  return true
}
