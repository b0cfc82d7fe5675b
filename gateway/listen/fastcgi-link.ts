// A FastCGI connection: response head and body as STDOUT records, END_REQUEST as the mark of a whole answer.

import type { Socket } from 'node:net'
import type { DirectConnection } from '../exchange.ts'
import { keepUnsent } from '../lent.ts'
import {
  FastCgiReader,
  putEndRequest,
  putUnknownType,
  readPairs,
  STDOUT,
  writeRecordHeader,
} from '../protocol/fastcgi.ts'
import { BEGIN_REQUEST } from '../protocol/fastcgi-records.ts'
import { FASTCGI_RECORD_LIMIT, ONE_WRITE_LIMIT } from '../protocol/limits.ts'
import { openDirect } from './direct.ts'
import type { Gate } from './gate.ts'
import { Link } from './link.ts'
import { takeScratch, writeScratch } from './scratch.ts'

const RECORD_HEADER = 8
const END_SIZE = 16
const STATUS = Buffer.from('Status: ')
/** Up to here a loop is quicker than a slice and a native copy. */
const SHORT_LIMIT = 512

export class FastCgiLink extends Link {
  protected readonly protocol = 'fastcgi'
  protected readonly hasBodyEnd = true
  private readonly reader: FastCgiReader

  constructor(socket: Socket, gate: Gate) {
    super(socket, gate)
    this.reader = new FastCgiReader(this, gate.limits.head)
  }

  protected read(bytes: Buffer, end: number): void {
    this.reader.receive(bytes, end)
  }

  protected readHead(source: Buffer, from: number, to: number): void {
    readPairs(this.gate.writer, source, from, to)
  }

  protected get isHearing(): boolean {
    return !this.reader.isIdle
  }

  protected get canAnswer(): boolean {
    return this.reader.id !== 0
  }

  protected override admitDirect(): void {
    if (this.direct !== undefined) this.direct.served++
    else if (this.gate.answersDirectly) this.direct = openDirect(this.socket)
  }

  /** Workers write records of request 1, the only number nginx gives, and close no connection behind their answer. */
  override get offered(): DirectConnection | undefined {
    return this.reader.id === 1 && this.reader.keepConnection ? super.offered : undefined
  }

  protected override beginsNext(bytes: Buffer, length: number): boolean {
    return (
      length > 3 && this.reader.atBoundary && bytes[1] === BEGIN_REQUEST && bytes[2] === 0 && bytes[3] === 1
    )
  }

  protected finished(): boolean {
    const keep = this.reader.keepConnection && this.reader.id !== 0
    this.reader.answered()
    return keep
  }

  protected writeHead(head: Buffer, body: Buffer, end: boolean): void {
    const { id } = this.reader
    const content = STATUS.length + head.length + body.length
    if (content > ONE_WRITE_LIMIT - RECORD_HEADER - END_SIZE) {
      this.socket.cork()
      this.writeRecords(id, Buffer.concat([STATUS, head]))
      this.writeRecords(id, body)
      if (end) this.writeEnd(id)
      this.socket.uncork()
      keepUnsent(this.socket)
      return
    }
    const out = takeScratch()
    writeRecordHeader(out, 0, STDOUT, id, content)
    out.set(STATUS, RECORD_HEADER)
    out.set(head, RECORD_HEADER + STATUS.length)
    let at = RECORD_HEADER + STATUS.length + head.length
    if (body.length > 0) out.set(body, at)
    at += body.length
    if (end) {
      at = this.putEnd(out, at, id)
    }
    writeScratch(this.socket, this.fd, at)
  }

  protected override writeWhole(bytes: Buffer, from: number, to: number): boolean {
    const length = to - from
    if (length > SHORT_LIMIT) return false
    const { id } = this.reader
    const out = takeScratch()
    writeRecordHeader(out, 0, STDOUT, id, STATUS.length + length)
    for (let i = 0; i < STATUS.length; i++) out[RECORD_HEADER + i] = STATUS[i] as number
    let at = RECORD_HEADER + STATUS.length
    for (let i = from; i < to; i++) out[at++] = bytes[i] as number
    writeScratch(this.socket, this.fd, this.putEnd(out, at, id))
    return true
  }

  protected writeBody(body: Buffer, end: boolean): void {
    const { id } = this.reader
    if (body.length > ONE_WRITE_LIMIT - RECORD_HEADER - END_SIZE) {
      this.socket.cork()
      this.writeRecords(id, body)
      if (end) this.writeEnd(id)
      this.socket.uncork()
      keepUnsent(this.socket)
      return
    }
    const out = takeScratch()
    let at = 0
    // An empty STDOUT record would say that the stream has ended.
    if (body.length > 0) {
      writeRecordHeader(out, 0, STDOUT, id, body.length)
      out.set(body, RECORD_HEADER)
      at = RECORD_HEADER + body.length
    }
    if (end) {
      at = this.putEnd(out, at, id)
    }
    if (at > 0) writeScratch(this.socket, this.fd, at)
  }

  /**
   * The mark of a whole answer. While draining with a record behind it: nginx keeps no connection on which more has come
   * than the answer, so it cannot send the next request into our close (a POST would be lost, see docs/decisions/0182).
   */
  private putEnd(out: Buffer, at: number, id: number): number {
    putEndRequest(out, at, id, 0)
    return this.gate.draining || this.closing ? putUnknownType(out, at + END_SIZE, 0) : at + END_SIZE
  }

  private writeEnd(id: number): void {
    const out = Buffer.allocUnsafe(2 * END_SIZE)
    this.socket.write(out.subarray(0, this.putEnd(out, 0, id)))
  }

  /** Records around slices of `body`, without copying it. */
  private writeRecords(id: number, body: Buffer): void {
    for (let at = 0; at < body.length; at += FASTCGI_RECORD_LIMIT) {
      const length = Math.min(FASTCGI_RECORD_LIMIT, body.length - at)
      const header = Buffer.allocUnsafe(RECORD_HEADER)
      writeRecordHeader(header, 0, STDOUT, id, length)
      this.socket.write(header)
      this.socket.write(length === body.length ? body : body.subarray(at, at + length))
    }
  }
}
