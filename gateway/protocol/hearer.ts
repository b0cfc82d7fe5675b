// What a reader of a binary protocol tells its connection. Types only.

import type { PosternError } from '../../errors.ts'

/** Implemented by the connection; called in the order in which the peer spoke. */
export interface Hearer {
  /** The request's variables are `source[from, to)` as the protocol packs them; valid during the call only. */
  heardHead(source: Buffer, from: number, to: number): void
  /** The request's variables cannot be taken; what follows of the request is skipped. */
  heardBadHead(error: PosternError): void
  /** Bytes of the request body: a slice of what was received, which the caller of receive() may reuse. */
  heardBody(bytes: Buffer): void
  heardBodyEnd(): void
  /** The peer takes its request back. */
  heardAbort(): void
  /** The protocol itself has to say something (a management answer, a refusal of a second request). */
  say(bytes: Buffer): void
}
