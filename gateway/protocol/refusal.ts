// The answers the gateway gives itself: a response head and a short text, from the error table. No I/O.
// Peers are told what they did wrong; of the application's and postern's own faults they learn the status only.

import type { PosternError } from '../../errors.ts'
import { STATUS_CODES } from './status.ts'

export type Refusal = { status: number; head: Buffer; body: Buffer }

/** `head` is as a worker writes it (`503 Service Unavailable\r\n…\r\n\r\n`). */
export function writeRefusal(error: PosternError, retryAfterSeconds?: number): Refusal {
  const status = error.status
  const reason = STATUS_CODES[status] ?? 'Error'
  const told = error.blame === 'peer' || error.entry.isPublic ? `${error.message}\n` : ''
  const body = Buffer.from(`${status} ${reason}\n${told}`)
  const lines = [
    `${status} ${reason}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Cache-Control: no-store',
  ]
  if (retryAfterSeconds !== undefined) lines.push(`Retry-After: ${Math.max(1, Math.ceil(retryAfterSeconds))}`)
  return { status, head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body }
}
