// The frames on a lane (docs/wire.md), as the gateway reads and writes them. Twin of gateway/python/postern_worker/frames.py.
// Knows bytes only: no sockets, no exchanges. Payloads are handed on as slices of what was read, never gathered whole.

import { PosternError } from '../../errors.ts'

export const REQUEST = 1
export const BODY = 2
export const BODY_FAILED = 3
export const FORGET = 4
export const RESPONSE = 16
export const MORE = 17
export const ABORT = 18
export const GAVE_BACK = 19
export const INFORM = 20
export const LOGVARS = 21
export const CLOSED = 22
export const DONE = 23
export const REST = 24

export const END = 1
/** With END: the application still closes the response, CLOSED follows. */
export const AFTER = 2
export const BODY_STREAM = 1
export const CHUNKED = 2
/** With REQUEST and a connection: nobody waits for word of the answer. */
export const QUIET = 4
/** With ABORT: the worker has begun to answer on the peer's connection. */
export const ANSWERED = 1

export const frameHeaderSize = 12
export const helloMagic = 'LANE'
export const helloSize = 42
export const doneSize = 10

/** ABORT, INFORM and LOGVARS are gathered before they are handed on; a longer one is a broken worker. */
export const controlPayloadLimit = 1 << 20

/** What a lane says. `after`: the worker is not done with the request, `closed` follows. `cost` is the log2 of microseconds from the flags, 0 when not told. */
export interface FrameSink {
  response(
    id: number,
    head: Buffer,
    body: Buffer | undefined,
    end: boolean,
    cost: number,
    after: boolean,
  ): void
  /** A response that is whole and over, as `bytes[from, split)` and `bytes[split, to)`. False: it has to come by `response`. */
  whole?(id: number, bytes: Buffer, from: number, split: number, to: number, cost: number): boolean
  more(id: number, body: Buffer, end: boolean, cost: number, after: boolean): void
  /** `answered`: the worker has begun to answer on the peer's connection. */
  abort(id: number, reason: string, answered: boolean): void
  gaveBack(id: number): void
  inform(id: number, head: Buffer): void
  logvars(id: number, json: string): void
  closed(id: number): void
  /** The answer stands on the peer's connection, whole. */
  done(id: number, status: number, headBytes: number, bodyBytes: number, cost: number, after: boolean): void
  /** Bytes for the peer's connection as they are, behind what the worker wrote there; none: the answer has begun. */
  rest(id: number, bytes: Buffer): void
}

const empty = Buffer.alloc(0)

/** Reads the frames of one lane: bytes in, calls on the sink out. Throws LANE_BROKEN when the worker breaks the rules. */
export class FrameReader {
  #held: Buffer | undefined
  #left = 0
  #id = 0
  #flags = 0
  #isRest = false

  /** True between frames: a worker that hangs up now has cut nothing. */
  get atBoundary(): boolean {
    return this.#held === undefined && this.#left === 0
  }

  /** `chunk` is lent: nothing of it is kept beyond the call but by the sink. */
  push(chunk: Buffer, sink: FrameSink): void {
    let bytes = chunk
    if (this.#held !== undefined) {
      bytes = Buffer.concat([this.#held, chunk])
      this.#held = undefined
    }
    const size = bytes.length
    let at = 0
    while (at < size) {
      if (this.#left > 0) {
        at += this.#pass(bytes, at, sink)
        continue
      }
      if (size - at < frameHeaderSize) break
      const length = bytes.readUInt32LE(at)
      const type = bytes[at + 8] as number
      const gather = gatherSize(type, length, bytes, at)
      const payload = at + frameHeaderSize
      if (size - payload < gather) break
      const id = bytes.readUInt32LE(at + 4)
      const flags = bytes[at + 9] as number
      at = payload + gather
      if (type === RESPONSE) {
        const take = Math.min(length - gather, size - at)
        const whole = take === length - gather
        if (
          whole &&
          (flags & (END | AFTER)) === END &&
          sink.whole?.(id, bytes, payload, at, at + take, flags >> 3)
        ) {
          at += take
          continue
        }
        const head = bytes.subarray(payload, at)
        const body = take === 0 ? undefined : bytes.subarray(at, at + take)
        at += take
        if (!whole) this.#expect(length - gather - take, id, flags)
        sink.response(id, head, body, whole && (flags & END) !== 0, flags >> 3, (flags & AFTER) !== 0)
      } else if (type === MORE) {
        if (length === 0) sink.more(id, empty, (flags & END) !== 0, flags >> 3, (flags & AFTER) !== 0)
        else this.#expect(length, id, flags)
      } else if (type === DONE) {
        const bodyBytes = bytes.readUInt32LE(payload) + bytes.readUInt32LE(payload + 4) * 2 ** 32
        const headBytes = bytes.readUInt16LE(payload - 2)
        const status = bytes.readUInt16LE(payload + 8)
        sink.done(id, status, headBytes, bodyBytes, flags >> 3, (flags & AFTER) !== 0)
      } else if (type === REST) {
        if (length === 0) sink.rest(id, empty)
        else this.#expect(length, id, flags, true)
      } else if (type === GAVE_BACK) sink.gaveBack(id)
      else if (type === ABORT) sink.abort(id, bytes.toString('utf8', payload, at), (flags & ANSWERED) !== 0)
      else if (type === INFORM) sink.inform(id, bytes.subarray(payload, at))
      else if (type === CLOSED) sink.closed(id)
      else sink.logvars(id, bytes.toString('utf8', payload, at))
    }
    if (at < size) this.#held = bytes === chunk ? Buffer.from(bytes.subarray(at)) : bytes.subarray(at)
  }

  #expect(left: number, id: number, flags: number, isRest = false): void {
    this.#isRest = isRest
    this.#left = left
    this.#id = id
    this.#flags = flags
  }

  #pass(bytes: Buffer, at: number, sink: FrameSink): number {
    const take = Math.min(this.#left, bytes.length - at)
    this.#left -= take
    if (this.#isRest) {
      sink.rest(this.#id, bytes.subarray(at, at + take))
      return take
    }
    const end = this.#left === 0 && (this.#flags & END) !== 0
    sink.more(this.#id, bytes.subarray(at, at + take), end, this.#flags >> 3, (this.#flags & AFTER) !== 0)
    return take
  }
}

function gatherSize(type: number, length: number, bytes: Buffer, at: number): number {
  if (type === RESPONSE) {
    const head = bytes.readUInt16LE(at + 10)
    if (head > length)
      throw new PosternError('LANE_BROKEN', { reason: `a head of ${head} bytes in a frame of ${length}` })
    return head
  }
  if (type === MORE || type === REST) return 0
  if (type === DONE && length !== doneSize)
    throw new PosternError('LANE_BROKEN', { reason: `a DONE frame of ${length} bytes` })
  if (type < ABORT || type > REST)
    throw new PosternError('LANE_BROKEN', { reason: `unknown frame type ${type}` })
  if (length > controlPayloadLimit) {
    throw new PosternError('LANE_BROKEN', {
      reason: `a control frame of ${length} bytes (limit ${controlPayloadLimit})`,
    })
  }
  return length
}

/** Bytes that a REQUEST frame takes. */
export const requestSize = (environ: Buffer, body: Buffer | undefined): number =>
  frameHeaderSize + 8 + environ.length + (body === undefined ? 0 : body.length)

/** Writes a REQUEST frame at `at` and returns the place behind it. `connection`: where it may be answered, 0: here. */
export function writeRequest(
  out: Buffer,
  at: number,
  id: number,
  flags: number,
  connection: number,
  environ: Buffer,
  body: Buffer | undefined,
): number {
  const size = environ.length
  const length = 8 + size + (body === undefined ? 0 : body.length)
  writeHeader(out, at, length, id, REQUEST, flags)
  out.writeUInt32LE(size, at + 12)
  out.writeUInt32LE(connection, at + 16)
  out.set(environ, at + 20)
  const behind = at + 20 + size
  if (body !== undefined) out.set(body, behind)
  return at + frameHeaderSize + length
}

/** Writes a frame header with `aux` 0 at `at`. */
export function writeHeader(
  out: Buffer,
  at: number,
  length: number,
  id: number,
  type: number,
  flags: number,
): void {
  out.writeUInt32LE(length, at)
  out.writeUInt32LE(id, at + 4)
  out[at + 8] = type
  out[at + 9] = flags
  out[at + 10] = 0
  out[at + 11] = 0
}

/** A frame header alone, for payloads that are written behind it without a copy. */
export function frameHeader(length: number, id: number, type: number, flags: number): Buffer {
  const out = Buffer.allocUnsafe(frameHeaderSize)
  writeHeader(out, 0, length, id, type, flags)
  return out
}

/** FORGET: connections that are closed. */
export function writeForget(connections: readonly number[]): Buffer {
  const out = Buffer.allocUnsafe(frameHeaderSize + 4 * connections.length)
  writeHeader(out, 0, 4 * connections.length, 0, FORGET, 0)
  for (const [at, connection] of connections.entries())
    out.writeUInt32LE(connection, frameHeaderSize + 4 * at)
  return out
}

/** The next request number: 1 … 2^32-1, then 1 again. */
export const nextId = (id: number): number => (id === 0xffffffff ? 1 : id + 1)

/** Whether request `id` was started, by the lane's slot in the started file (numbers wrap). */
export const wasStarted = (id: number, slot: number): boolean => slot !== 0 && ((slot - id) | 0) >= 0
