// Connections on which workers answer by themselves: their numbers, and what there is to pass on. Knows sockets; who gets a
// descriptor is the lanes' business.

import type { Socket } from 'node:net'
import type { DirectConnection } from '../exchange.ts'

/** Numbers are 31 bits on the wire; that many connections later the first is long gone. */
const numberLimit = 2 ** 31 - 1

let last = 0

export function openDirect(socket: Socket): DirectConnection {
  last = last === numberLimit ? 1 : last + 1
  const { _handle: handle } = socket as unknown as { _handle: unknown }
  return { number: last, handle, served: 1, carried: 0, holders: new Set() }
}
