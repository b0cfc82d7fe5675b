// The hinge between the protocols (who speak to nginx or a browser) and the dispatcher (who speaks to workers).
// Types only: no sockets, no processes, no clocks.

import type { PosternError } from '../errors.ts'

/** How the request body reaches the worker. `inline`: whole and small, in `inlineBody`; `stream`: by `startBody`. */
export type BodyMode = 'none' | 'inline' | 'stream'

/** What a running exchange may tell the dispatcher's side. One per dispatched exchange, given to `startBody`. */
export interface BodySink {
  /** Passes body bytes on to the worker; they are lent for the time of the call (lent.ts). False: hold back until `resumeBody`. */
  body(bytes: Buffer, end: boolean): boolean
  /** The body cannot be completed (peer left, wrong length, too slow); the application sees an OSError. */
  bodyFailed(reason: string): void
}

/** A lane as a connection knows it: somebody who holds a descriptor of it. */
export interface Holder {
  /** The connection is closed. */
  forget(connection: number): void
}

/**
 * A kept connection on which workers may answer by themselves, past the gateway (docs/wire.md). What they write there,
 * and how, is agreed between its protocol and the worker.
 */
export type DirectConnection = {
  /** Never given a second time. 1 … 2^31-1. */
  readonly number: number
  /** What child_process.send takes. */
  readonly handle: unknown
  /** Requests it has brought. */
  served: number
  /** Body bytes of large answers that went to it through the gateway. */
  carried: number
  readonly holders: Set<Holder>
}

/**
 * One request and the way back for its response. Made by a protocol connection, owned by the dispatcher until
 * one of `end`, `abort` or `refuse` has been called or `onGone` was heard. Every method is called at most once
 * after the end; none throws.
 */
export interface Exchange {
  /**
   * A marshal dict with the CGI part of environ (str to str), see docs/wire.md. Stays valid and unchanged until the
   * exchange is over: a request that was given back is sent a second time. So does `inlineBody`.
   */
  readonly environ: Buffer
  readonly bodyMode: BodyMode
  readonly inlineBody: Buffer | undefined
  /** Content-Length as sent; -1 when unknown (chunked). */
  readonly bodyLength: number
  /** Small number from method and path without query: lanes remember what such requests cost. */
  readonly costKey: number
  /** For logs and status pages only; may decode lazily. */
  readonly method: string
  readonly uri: string
  readonly requestId: string
  readonly remoteAddr: string
  /** environ value by CGI name, for log formats; decoded on demand. */
  variable(name: string): string | undefined
  /** Milliseconds of the monotonic clock at which the head was complete. */
  readonly arrivedAt: number

  /** Starts the flow of a `stream` body. */
  startBody(sink: BodySink): void
  resumeBody(): void
  /** The application has finished without reading all of the body: drop the rest (bounded), keep the connection sane. */
  discardBody(): void

  /**
   * Response head as the worker wrote it: `200 OK\r\nName: value\r\n…\r\n\r\n` (latin-1, already validated by the
   * worker), with the first body bytes. `end` true: this is all of it. False returned: the peer is slow, stop
   * reading the lane until `onDrain`. The buffers are lent for the time of the call: who keeps
   * them says so in lent.ts.
   */
  respond(head: Buffer, body: Buffer | undefined, end: boolean): boolean
  /**
   * A whole response, head and body in `bytes[from, to)`, lent as above. False: it has to come by
   * `respond` (nothing has happened). Only for exchanges that can send it without two slices being made.
   */
  respondWhole?(bytes: Buffer, from: number, to: number): boolean
  more(body: Buffer, end: boolean): boolean
  /** Where a worker may answer this request by itself. Undefined: it answers by the calls above only. */
  readonly direct?: DirectConnection | undefined
  /** Set by the lane that has told its worker so; it hears when the peer's next request shows that the answer is there. */
  follower?: { peerHasAll(): void } | undefined
  /** Bytes of an answer that the worker has begun on the connection, to be sent as they are. As `more`. */
  rest?(bytes: Buffer): boolean
  /** The worker has answered on the connection, wholly. */
  answered?(): void
  /** 1xx before the final head (103 early hints, 100-continue on demand); dropped where the link cannot carry it. */
  inform(head: Buffer): void
  /** After the head: make the failure visible to the peer (no clean end), close the connection. */
  abort(reason: string): void
  /** Before the head: answer from the error table (status, Retry-After), never with details of the application. */
  refuse(error: PosternError, retryAfterSeconds?: number): void

  /** Set by the dispatcher. Peer left: running → cancel in the worker; queued → never run. */
  onGone: (() => void) | undefined
  /** Set by the dispatcher. The peer takes bytes again. */
  onDrain: (() => void) | undefined
}

/** Where connections hand their exchanges; the dispatcher implements it. */
export interface Dispatch {
  submit(exchange: Exchange): void
}

/** What `openListeners` (gateway/listen/listen.ts) gives back: everything that accepts connections. */
export interface Listeners {
  /** As bound: paths, `host:port` with the real port. */
  readonly addresses: readonly string[]
  /**
   * Stops accepting and tells kept-alive peers to go: they close after the current or next answer, idle ones after
   * `graceMs` (a peer may be sending on one right now). Resolves when the last connection is closed.
   */
  close(graceMs?: number): Promise<void>
  /** File descriptors for a successor, in the order of the options; null for socket files. */
  descriptors(): (number | null)[]
  /** Cuts what is left. */
  destroy(): void
}
