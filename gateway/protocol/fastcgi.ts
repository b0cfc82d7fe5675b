// FastCGI records -> what was said, one request at a time. Records may be cut anywhere.
// Does not know sockets, nor what a variable means. Contract of receive(): takes all of `bytes[0, end)`, tells the hearer what is
// complete, keeps the rest; throws PosternError (blame peer) when nothing sensible can follow on this connection.

import { PosternError } from '../../errors.ts'
import {
  ABORT_REQUEST,
  BEGIN_REQUEST,
  DATA,
  GET_VALUES,
  HEADER_SIZE,
  PARAMS,
  STDIN,
  VERSION,
  writeEndRequest,
  writeUnknownType,
  writeValuesResult,
} from './fastcgi-records.ts'
import type { Hearer } from './hearer.ts'
import { FASTCGI_MANAGEMENT_LIMIT } from './limits.ts'

export { readPairs } from './fastcgi-pairs.ts'
export { putEndRequest, putUnknownType, STDOUT, writeRecordHeader } from './fastcgi-records.ts'

const RESPONDER = 1
const KEEP_CONN = 1
const CANNOT_MULTIPLEX = 1
const UNKNOWN_ROLE = 3

const EMPTY = Buffer.alloc(0)

export class FastCgiReader {
  /** The request being heard or answered; 0 between requests. */
  id = 0
  keepConnection = false
  /** The request whose body is being heard, answered or not. */
  private lastId = 0

  private readonly header = Buffer.allocUnsafe(HEADER_SIZE)
  private headerLength = 0
  private type = 0
  private recordId = 0
  private contentLeft = 0
  private paddingLeft = 0
  /** Content that has to be whole before it means something: records cut by the transport, and PARAMS streams. */
  private held: Buffer = EMPTY
  private heldLength = 0
  private params: Buffer = EMPTY
  private paramsLength = 0
  private paramsEnded = false
  private tooLarge = false
  private stdinEnded = true
  private readonly hearer: Hearer
  private readonly headLimit: number

  constructor(hearer: Hearer, headLimit: number) {
    this.hearer = hearer
    this.headLimit = headLimit
  }

  /** Nothing of a request has been heard that was not answered. */
  get isIdle(): boolean {
    return this.id === 0 && this.headerLength === 0 && this.contentLeft === 0
  }

  /** Between two records. */
  get atBoundary(): boolean {
    return this.headerLength === 0 && this.contentLeft === 0 && this.paddingLeft === 0
  }

  /** Whether the peer has still to finish the body of a request that was answered. */
  get bodyOpen(): boolean {
    return !this.stdinEnded
  }

  /** END_REQUEST was said: what still comes for this request is skipped. */
  answered(): void {
    this.id = 0
  }

  receive(bytes: Buffer, end = bytes.length): void {
    let at = 0
    while (at < end) {
      if (this.contentLeft > 0) {
        at = this.readContent(bytes, at, end)
      } else if (this.paddingLeft > 0) {
        const skipped = Math.min(this.paddingLeft, end - at)
        this.paddingLeft -= skipped
        at += skipped
      } else if (this.headerLength === 0 && end - at >= HEADER_SIZE) {
        this.readHeader(bytes, at)
        at += HEADER_SIZE
      } else {
        this.header[this.headerLength++] = bytes[at++] as number
        if (this.headerLength === HEADER_SIZE) {
          this.headerLength = 0
          this.readHeader(this.header, 0)
        }
      }
    }
  }

  private readHeader(bytes: Buffer, at: number): void {
    const version = bytes[at] as number
    if (version !== VERSION) throw new PosternError('FASTCGI_BAD_VERSION', { found: version })
    this.type = bytes[at + 1] as number
    this.recordId = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    this.contentLeft = ((bytes[at + 4] as number) << 8) | (bytes[at + 5] as number)
    this.paddingLeft = bytes[at + 6] as number
    this.heldLength = 0
    if (this.contentLeft === 0) this.heardRecord(EMPTY, 0, 0)
    else if (this.recordId === 0 && this.contentLeft > FASTCGI_MANAGEMENT_LIMIT) {
      this.unexpected(`a management record of ${this.contentLeft} bytes`)
    }
  }

  private readContent(bytes: Buffer, at: number, end: number): number {
    const available = Math.min(this.contentLeft, end - at)
    const stop = at + available
    if (this.type === STDIN) {
      this.contentLeft -= available
      this.heardStdin(bytes, at, stop)
    } else if (this.type === PARAMS) {
      this.contentLeft -= available
      if (this.recordId === this.id && this.id !== 0) this.heardParams(bytes, at, stop, end)
    } else if (this.heldLength === 0 && available === this.contentLeft) {
      this.contentLeft = 0
      this.heardRecord(bytes, at, stop)
    } else this.holdContent(bytes, at, stop)
    return stop
  }

  private holdContent(bytes: Buffer, from: number, to: number): void {
    // Only records of a few bytes mean anything here; the rest of a longer one (DATA, unknown types) is skipped.
    const kept = Math.min(to - from, FASTCGI_MANAGEMENT_LIMIT - this.heldLength)
    if (this.held.length === 0) this.held = Buffer.allocUnsafe(FASTCGI_MANAGEMENT_LIMIT)
    bytes.copy(this.held, this.heldLength, from, from + kept)
    this.heldLength += kept
    this.contentLeft -= to - from
    if (this.contentLeft === 0) this.heardRecord(this.held, 0, this.heldLength)
  }

  private heardParams(bytes: Buffer, from: number, to: number, end: number): void {
    if (this.paramsEnded) this.unexpected('after the parameters had ended')
    const length = this.paramsLength + to - from
    if (length > this.headLimit) {
      // Skipped to their end, so that the connection stays in step.
      this.paramsLength = this.headLimit
      this.tooLarge = true
      return
    }
    if (
      length === to - from &&
      this.contentLeft === 0 &&
      this.isLastParams(bytes, to + this.paddingLeft, end)
    ) {
      // The usual case, one record with its end in sight: no copy. The empty record will find nothing held.
      this.paramsEnded = true
      this.hearer.heardHead(bytes, from, to)
      return
    }
    if (length > this.params.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.headLimit, Math.max(4096, length * 2)))
      this.params.copy(grown, 0, 0, this.paramsLength)
      this.params = grown
    }
    bytes.copy(this.params, this.paramsLength, from, to)
    this.paramsLength = length
  }

  /** Whether an empty PARAMS record of this request is at `at`. */
  private isLastParams(bytes: Buffer, at: number, end: number): boolean {
    return (
      at + HEADER_SIZE <= end &&
      bytes[at] === VERSION &&
      bytes[at + 1] === PARAMS &&
      (((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) === this.id &&
      bytes[at + 4] === 0 &&
      bytes[at + 5] === 0
    )
  }

  private heardStdin(bytes: Buffer, from: number, to: number): void {
    // Records of requests that were refused are skipped, as the specification wants.
    if (this.recordId !== this.lastId) return
    if (!this.paramsEnded) this.unexpected('before the parameters had ended')
    if (this.stdinEnded) this.unexpected('after the body had ended')
    this.hearer.heardBody(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to))
  }

  /** A record whose content is whole (or empty). */
  private heardRecord(bytes: Buffer, from: number, to: number): void {
    switch (this.type) {
      case BEGIN_REQUEST:
        this.heardBegin(bytes, from, to)
        return
      case PARAMS:
        if (this.recordId !== this.id || this.id === 0) return
        if (!this.paramsEnded) {
          this.paramsEnded = true
          if (this.tooLarge) {
            this.hearer.heardBadHead(new PosternError('REQUEST_HEAD_TOO_LARGE', { limit: this.headLimit }))
          } else this.hearer.heardHead(this.params, 0, this.paramsLength)
          this.params = this.params.length > 16_384 ? EMPTY : this.params
          this.paramsLength = 0
        }
        return
      case STDIN:
        if (this.recordId !== this.lastId || this.stdinEnded) return
        if (!this.paramsEnded) this.unexpected('before the parameters had ended')
        this.stdinEnded = true
        this.hearer.heardBodyEnd()
        return
      case ABORT_REQUEST:
        if (this.recordId === this.id && this.id !== 0) this.hearer.heardAbort()
        return
      case GET_VALUES:
        if (this.recordId === 0) this.hearer.say(writeValuesResult(bytes, from, to))
        return
      case DATA:
        return
      default:
        if (this.recordId === 0) this.hearer.say(writeUnknownType(this.type))
    }
  }

  private heardBegin(bytes: Buffer, from: number, to: number): void {
    if (this.recordId === 0) this.unexpected('a request with the number 0')
    if (to - from < 3) this.unexpected(`${to - from} bytes of content instead of 8`)
    const role = ((bytes[from] as number) << 8) | (bytes[from + 1] as number)
    if (this.id !== 0) {
      if (this.recordId === this.id) this.unexpected('the request with this number has not ended')
      this.hearer.say(writeEndRequest(this.recordId, CANNOT_MULTIPLEX))
      return
    }
    if (role !== RESPONDER) {
      this.hearer.say(writeEndRequest(this.recordId, UNKNOWN_ROLE))
      return
    }
    this.id = this.recordId
    this.lastId = this.recordId
    this.keepConnection = ((bytes[from + 2] as number) & KEEP_CONN) !== 0
    this.paramsLength = 0
    this.paramsEnded = false
    this.tooLarge = false
    this.stdinEnded = false
  }

  private unexpected(reason: string): never {
    throw new PosternError('FASTCGI_UNEXPECTED_RECORD', { type: this.type, reason })
  }
}
