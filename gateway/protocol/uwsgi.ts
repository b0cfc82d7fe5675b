// The uwsgi protocol: a header of four bytes, variables, then the raw body. One request per connection, no end marker.
// Does not know sockets, nor what a variable means. Contract of receive(): as in fastcgi.ts.

import { PosternError } from '../../errors.ts'
import type { EnvironWriter } from './environ.ts'
import type { Hearer } from './hearer.ts'

const HEADER_SIZE = 4
const WSGI = 0
const WSGI_UNDER_SCRIPT_NAME = 30
export const PING = 100
/** uWSGI's own answer to a ping: the same modifier, modifier2 1, nothing behind it. */
const PONG = Buffer.from([PING, 0, 0, 1])

/** What uWSGI would have done; several of these run code or commands for whoever reaches the socket. */
const meanings: Record<number, string> = {
  5: 'PSGI',
  7: 'Rack',
  9: 'CGI',
  10: 'administration',
  14: 'PHP',
  15: 'Lua',
  17: 'spooler',
  22: 'evaluate code, or a TLS handshake',
  23: 'XSLT',
  31: 'message',
  32: 'message array',
  33: 'marshalled message',
  110: 'signal',
  111: 'cache',
  173: 'remote procedure call',
  224: 'subscription',
  255: 'response',
}

export class UwsgiReader {
  private readonly header = Buffer.allocUnsafe(HEADER_SIZE)
  private headerLength = 0
  private size = 0
  private vars: Buffer | undefined
  private varsLength = 0
  private headDone = false
  private pinged = false
  private readonly hearer: Hearer
  private readonly headLimit: number

  constructor(hearer: Hearer, headLimit: number) {
    this.hearer = hearer
    this.headLimit = headLimit
  }

  /** Some, but not all, of the head has been heard. */
  get isInHead(): boolean {
    return this.headerLength > 0 && !this.headDone
  }

  receive(bytes: Buffer, end = bytes.length): void {
    if (this.pinged) return
    let at = 0
    if (this.headerLength < HEADER_SIZE) {
      while (this.headerLength < HEADER_SIZE && at < end) {
        this.header[this.headerLength++] = bytes[at++] as number
      }
      if (this.headerLength < HEADER_SIZE) return
      if (!this.readHeader()) return
    }
    if (!this.headDone) {
      at = this.readVars(bytes, at, end)
      if (!this.headDone) return
    }
    if (at < end) this.hearer.heardBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end))
  }

  /** False: there is no request to come. */
  private readHeader(): boolean {
    const modifier = this.header[0] as number
    this.size = (this.header[1] as number) | ((this.header[2] as number) << 8)
    if (modifier === PING) {
      this.headDone = true
      this.pinged = true
      this.hearer.say(PONG)
      this.hearer.heardAbort()
      return false
    }
    if (modifier !== WSGI && modifier !== WSGI_UNDER_SCRIPT_NAME) {
      const meaning = meanings[modifier] ?? 'unknown'
      throw new PosternError('UWSGI_MODIFIER_REFUSED', { modifier, meaning })
    }
    if (this.size > this.headLimit)
      throw new PosternError('REQUEST_HEAD_TOO_LARGE', { limit: this.headLimit })
    return true
  }

  private readVars(bytes: Buffer, at: number, end: number): number {
    const available = Math.min(this.size - this.varsLength, end - at)
    if (this.vars === undefined && available === this.size) {
      this.headDone = true
      this.hearer.heardHead(bytes, at, at + available)
      return at + available
    }
    this.vars ??= Buffer.allocUnsafe(this.size)
    bytes.copy(this.vars, this.varsLength, at, at + available)
    this.varsLength += available
    if (this.varsLength === this.size) {
      this.headDone = true
      this.hearer.heardHead(this.vars, 0, this.size)
    }
    return at + available
  }
}

/** Variables `source[from, to)` into the environ: u16 length, name, u16 length, value. */
export function readVars(writer: EnvironWriter, source: Buffer, from: number, to: number): void {
  for (let at = from; at < to; ) {
    const nameFrom = at + 2
    const nameTo = nameFrom + ((source[at] as number) | ((source[at + 1] as number) << 8))
    const valueFrom = nameTo + 2
    if (valueFrom > to) throw new PosternError('UWSGI_VARS_OVERRUN', { at: at - from, size: to - from })
    const valueTo = valueFrom + ((source[nameTo] as number) | ((source[nameTo + 1] as number) << 8))
    if (valueTo > to) throw new PosternError('UWSGI_VARS_OVERRUN', { at: at - from, size: to - from })
    writer.add(nameFrom, nameTo, valueFrom, valueTo)
    at = valueTo
  }
}
