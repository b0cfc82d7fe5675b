// A uwsgi connection: one request, the answer as plain HTTP/1.1 head and body, then close. Never chunked, no end marker:
// what a failing application leaves behind looks like a whole answer to nginx. So a response of unknown length is held for
// a moment; one that ends in it gets a Content-Length, one that fails in it becomes an error page.

import type { Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import { keepUnsent, lent } from '../lent.ts'
import { ONE_WRITE_LIMIT } from '../protocol/limits.ts'
import { readVars, UwsgiReader } from '../protocol/uwsgi.ts'
import type { LinkExchange } from './exchange.ts'
import type { Gate } from './gate.ts'
import { Link } from './link.ts'
import { takeScratch, writeScratch } from './scratch.ts'

const VERSION = Buffer.from('HTTP/1.1 ')
/** A response of unknown length is held so long, or up to so many bytes. */
export const UNKNOWN_HOLD_MS = 25
export const UNKNOWN_HOLD_LIMIT = 65_536

type Unsure = { head: Buffer; parts: Buffer[]; size: number; timer: NodeJS.Timeout }

export class UwsgiLink extends Link {
  protected readonly protocol = 'uwsgi'
  protected readonly hasBodyEnd = false
  private readonly reader: UwsgiReader
  private unsure: Unsure | undefined

  constructor(socket: Socket, gate: Gate) {
    super(socket, gate)
    this.reader = new UwsgiReader(this, gate.limits.head)
  }

  protected read(bytes: Buffer, end: number): void {
    this.reader.receive(bytes, end)
  }

  protected readHead(source: Buffer, from: number, to: number): void {
    readVars(this.gate.writer, source, from, to)
  }

  protected get isHearing(): boolean {
    return this.reader.isInHead
  }

  /** A status line is understood even by a peer that spoke nonsense. */
  protected get canAnswer(): boolean {
    return true
  }

  protected finished(): boolean {
    return false
  }

  protected writeHead(head: Buffer, body: Buffer, end: boolean): void {
    if (!end && !/\r\ncontent-length:/i.test(head.toString('latin1'))) this.holdUnsure(head, body)
    else this.writeNow(head, body)
  }

  private writeNow(head: Buffer, body: Buffer): void {
    const length = VERSION.length + head.length + body.length
    if (length > ONE_WRITE_LIMIT) {
      this.socket.cork()
      this.socket.write(VERSION)
      this.socket.write(head)
      this.socket.write(body)
      this.socket.uncork()
      keepUnsent(this.socket)
      return
    }
    const out = takeScratch()
    out.set(VERSION, 0)
    out.set(head, VERSION.length)
    if (body.length > 0) out.set(body, VERSION.length + head.length)
    writeScratch(this.socket, this.fd, length)
  }

  protected writeBody(body: Buffer, end: boolean): void {
    const { unsure } = this
    if (unsure === undefined) {
      if (body.length > 0) this.socket.write(body)
      keepUnsent(this.socket)
      return
    }
    if (body.length > 0) unsure.parts.push(body)
    lent.kept = true
    unsure.size += body.length
    if (end) this.releaseUnsure(this.current?.bodiless ? undefined : unsure.size)
    else if (unsure.size > UNKNOWN_HOLD_LIMIT) this.releaseUnsure()
  }

  private holdUnsure(head: Buffer, body: Buffer): void {
    lent.kept = true
    const timer = setTimeout(() => this.releaseUnsure(), UNKNOWN_HOLD_MS)
    this.unsure = { head, parts: [body], size: body.length, timer }
  }

  /** Lets go of what was held; with the length, if it is known by now. */
  private releaseUnsure(length?: number): void {
    const { unsure } = this
    if (unsure === undefined) return
    this.dropUnsure()
    const { head, parts } = unsure
    const known =
      length === undefined
        ? head
        : Buffer.concat([head.subarray(0, -2), Buffer.from(`Content-Length: ${length}\r\n\r\n`, 'latin1')])
    this.writeNow(known, parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts))
  }

  private dropUnsure(): void {
    if (this.unsure !== undefined) clearTimeout(this.unsure.timer)
    this.unsure = undefined
  }

  override abort(exchange: LinkExchange, reason: string): void {
    if (this.unsure === undefined) {
      super.abort(exchange, reason)
      return
    }
    this.dropUnsure()
    this.refuse(exchange, new PosternError('APP_FAILED', { reason }), undefined)
  }

  override closed(): void {
    this.dropUnsure()
    super.closed()
  }
}
