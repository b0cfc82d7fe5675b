// A uwsgi connection: one request, the answer as plain HTTP/1.1 head and body, then close. Never chunked, no end marker.

import type { Socket } from 'node:net'
import { ONE_WRITE_LIMIT } from '../protocol/limits.ts'
import { readVars, UwsgiReader } from '../protocol/uwsgi.ts'
import type { Gate } from './gate.ts'
import { Link } from './link.ts'
import { takeScratch, writeScratch } from './scratch.ts'

const VERSION = Buffer.from('HTTP/1.1 ')

export class UwsgiLink extends Link {
  protected readonly protocol = 'uwsgi'
  protected readonly hasBodyEnd = false
  private readonly reader: UwsgiReader

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

  protected writeHead(head: Buffer, body: Buffer, _end: boolean): void {
    const length = VERSION.length + head.length + body.length
    if (length > ONE_WRITE_LIMIT) {
      this.socket.cork()
      this.socket.write(VERSION)
      this.socket.write(head)
      this.socket.write(body)
      this.socket.uncork()
      return
    }
    const out = takeScratch()
    out.set(VERSION, 0)
    out.set(head, VERSION.length)
    if (body.length > 0) out.set(body, VERSION.length + head.length)
    writeScratch(this.socket, length)
  }

  protected writeBody(body: Buffer, _end: boolean): void {
    if (body.length > 0) this.socket.write(body)
  }
}
