// A FastCGI peer that keeps its connection, as nginx does: one request after the other, each answer whole before the next.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Heard, type Said, speak, understand } from './speak.ts'

const END_REQUEST = 3

export class KeptPeer {
  readonly socket: Socket
  /** What came and was not taken as an answer. */
  bytes: Buffer = Buffer.alloc(0)
  ended = false
  private woken: () => void = () => {}

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.bytes = Buffer.concat([this.bytes, chunk])
      this.woken()
    })
    socket.on('end', () => this.end())
    socket.on('close', () => this.end())
    socket.on('error', () => {}) // the close says it
  }

  private end(): void {
    this.ended = true
    this.woken()
  }

  static async open(path: string): Promise<KeptPeer> {
    const socket = connect(path)
    await once(socket, 'connect')
    return new KeptPeer(socket)
  }

  say(target: string, said: Said = {}): void {
    this.socket.write(speak('fastcgi', { target, keep: true, ...said }))
  }

  /** The next answer; what there is of it if the connection ends before it does. */
  async hear(method = 'GET'): Promise<Heard> {
    for (;;) {
      const size = answerSize(this.bytes)
      if (size > 0 || this.ended) {
        const answer = this.bytes.subarray(0, size || this.bytes.length)
        this.bytes = this.bytes.subarray(answer.length)
        return understand('fastcgi', answer, method)
      }
      await this.news()
    }
  }

  async ask(target: string, said: Said = {}): Promise<Heard> {
    this.say(target, said)
    return this.hear(said.method)
  }

  /** Resolves when the other side has closed. */
  async closed(): Promise<void> {
    while (!this.ended) await this.news()
  }

  news(): Promise<void> {
    return new Promise((resolve) => {
      this.woken = resolve
    })
  }

  leave(): void {
    this.socket.destroy()
  }
}

/** Bytes up to the end of the first END_REQUEST record, 0 if it has not come. */
function answerSize(bytes: Buffer): number {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const next = at + 8 + bytes.readUInt16BE(at + 4) + (bytes[at + 6] as number)
    if (bytes[at + 1] === END_REQUEST && next <= bytes.length) return next
    at = next
  }
  return 0
}
