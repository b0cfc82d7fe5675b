// Links that work until they expire: ?e=<seconds since 1970>&s=<HMAC-SHA256, base64url, of "path\nseconds">.
// The path is the decoded one, as UTF-8. docs/edge.md shows how Django makes such a link.
import crypto from 'node:crypto'
import { equalSecret } from './equal.ts'
import { queryValues } from './text.ts'

export type Verdict = '1' | 'expired' | ''

export function signatureOf(secret: string, path: string, expires: string): string {
  return crypto.createHmac('sha256', secret).update(`${path}\n${expires}`).digest('base64url')
}

export function checkLink(secret: string, path: string, args: string, now: number): Verdict {
  const expires = queryValues(args, 'e')
  const given = queryValues(args, 's')
  // Ten digits last until the year 2286.
  if (expires.length !== 1 || given.length !== 1 || !/^[0-9]{1,10}$/.test(expires[0] as string)) return ''
  if (!equalSecret(given[0] as string, signatureOf(secret, path, expires[0] as string))) return ''
  return now < Number(expires[0]) * 1000 ? '1' : 'expired'
}
