// Request ids: the peer's when it is one, else made here.

import { randomBytes } from 'node:crypto'
import { isRequestId } from '../protocol/request-id.ts'

const prefix = randomBytes(6).toString('hex')
let count = 0

const isGiven = (given: string | undefined): given is string =>
  given !== undefined && isRequestId(Buffer.from(given), 0, Buffer.byteLength(given))

export function newRequestId(): string {
  count = (count + 1) >>> 0
  return `${prefix}-${count.toString(36)}`
}

/** Keeps a given id. */
export function nextRequestId(given: string | undefined): string {
  return isGiven(given) ? given : newRequestId()
}

/** The id of a finished environ, by the order that the worker's reports follow too (report.py). */
export function requestIdOf(variable: (name: string) => string | undefined): string {
  const own = variable('POSTERN_REQUEST_ID')
  if (own !== undefined) return own
  const header = variable('HTTP_X_REQUEST_ID')
  return isGiven(header) ? header : nextRequestId(variable('REQUEST_ID'))
}
