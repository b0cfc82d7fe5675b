// Request ids: the peer's when it is one, else made here.

import { randomBytes } from 'node:crypto'

const prefix = randomBytes(6).toString('hex')
let count = 0

/** Keeps a given id of harmless characters; ids end up in logs. */
export function nextRequestId(given: string | undefined): string {
  if (given !== undefined && /^[\w.:/+=-]{1,128}$/.test(given)) return given
  count = (count + 1) >>> 0
  return `${prefix}-${count.toString(36)}`
}
