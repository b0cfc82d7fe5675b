// Request ids: the peer's when it is one, else made here.

import { randomBytes } from 'node:crypto'
import { isRequestId } from '../protocol/request-id.ts'

const DASH = 0x2d
const ZERO = 0x30
const NINE = 0x39
const A = 0x61
const Z = 0x7a
/** A random prefix and a counter in base 36, kept as its bytes: one id per request without a string in between. */
const latest = Buffer.from(`${randomBytes(6).toString('hex')}-0000000`)

const isGiven = (given: string | undefined): given is string =>
  given !== undefined && isRequestId(Buffer.from(given), 0, Buffer.byteLength(given))

/** A new id; the bytes are good until the next call. */
export function newRequestId(): Buffer {
  for (let at = latest.length - 1; latest[at] !== DASH; at--) {
    const byte = latest[at] as number
    if (byte !== Z) {
      latest[at] = byte === NINE ? A : byte + 1
      break
    }
    latest[at] = ZERO
  }
  return latest
}

/** Keeps a given id. */
export function nextRequestId(given: string | undefined): string {
  return isGiven(given) ? given : newRequestId().toString('latin1')
}

/** The id of a finished environ, by the order that the worker's reports follow too (report.py). */
export function requestIdOf(variable: (name: string) => string | undefined): string {
  const own = variable('POSTERN_REQUEST_ID')
  if (own !== undefined) return own
  const header = variable('HTTP_X_REQUEST_ID')
  return isGiven(header) ? header : nextRequestId(variable('REQUEST_ID'))
}
