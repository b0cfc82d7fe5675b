// Throws mutated FastCGI and uwsgi bytes at the readers and at whole connections. `node --import=tsx scripts/fuzz.ts [inputs] [seed]`
// Checks: nothing is thrown but what the error table knows, cuts change nothing, every environ is well-formed, no answer
// carries another request's token, no connection stays busy, memory does not grow. Exits 1 at the first fault, with the
// input as hex: put it into test/fixtures/wire/fuzz/.

import { EventEmitter } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { PosternError } from '../errors.ts'
import type { Dispatch, Exchange } from '../gateway/exchange.ts'
import { lent } from '../gateway/lent.ts'
import { FastCgiLink } from '../gateway/listen/fastcgi-link.ts'
import { Gate } from '../gateway/listen/gate.ts'
import { UwsgiLink } from '../gateway/listen/uwsgi-link.ts'
import { EnvironWriter } from '../gateway/protocol/environ.ts'
import { FastCgiReader, readPairs } from '../gateway/protocol/fastcgi.ts'
import type { Hearer } from '../gateway/protocol/hearer.ts'
import { readVars, UwsgiReader } from '../gateway/protocol/uwsgi.ts'
import { readEnviron } from '../test/helpers/echo.ts'
import { hex } from '../test/helpers/readers.ts'
import { record, speak } from '../test/helpers/speak.ts'

type Binary = 'fastcgi' | 'uwsgi'

const inputs = Number(process.argv[2] ?? 100_000)
const seed = Number(process.argv[3] ?? 1)

/** Mulberry32: small, and the same numbers everywhere. */
let state = seed >>> 0
function random(limit: number): number {
  state = (state + 0x6d2b79f5) >>> 0
  let t = Math.imul(state ^ (state >>> 15), state | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) % limit
}

const folder = join(import.meta.dirname, '../test/fixtures/wire')
const fixtures = (name: string): Buffer[] =>
  readdirSync(join(folder, name)).map((file) => hex(readFileSync(join(folder, name, file), 'utf8')))

const token = (n: number): string => `/token-${n.toString(36)}`
const headers: [string, string][] = [
  ['Cookie', 'a=1'],
  ['Cookie', 'b=2'],
  ['X-Long', 'v'.repeat(200)],
]
const own = (protocol: Binary): Buffer[] => [
  speak(protocol, { target: token(1), keep: true }),
  speak(protocol, { target: token(2), headers, keep: true }),
  speak(protocol, { target: token(3), method: 'POST', body: Buffer.alloc(300, 'b'), keep: true }),
  speak(protocol, { target: token(4), method: 'POST', body: Buffer.alloc(70_000, 'b'), keep: true }),
  speak(protocol, { target: token(5), method: 'POST', length: '5', body: Buffer.from('123'), keep: true }),
]
const management = [
  record(9, Buffer.from('\x0f\x00FCGI_MPXS_CONNS', 'latin1'), 0),
  record(2, Buffer.alloc(0)),
  record(1, Buffer.from([0, 1, 1, 0, 0, 0, 0, 0]), 2),
  record(8, Buffer.from('data')),
]
const corpus: Record<Binary, Buffer[]> = {
  fastcgi: [...fixtures('fastcgi'), ...own('fastcgi'), ...management],
  uwsgi: [...fixtures('uwsgi'), ...own('uwsgi'), hex('64 00 00 00'), hex('1e 00 00 00')],
}
const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T
const interesting = [0, 1, 2, 3, 4, 5, 8, 9, 11, 0x1e, 0x2f, 0x25, 0x7f, 0x80, 0xfe, 0xff]

function mutate(protocol: Binary): Buffer {
  let bytes = Buffer.from(pick(corpus[protocol]))
  if (random(4) === 0) bytes = Buffer.concat([bytes, pick(corpus[protocol])])
  for (let changes = random(6); changes > 0 && bytes.length > 0; changes--) {
    const at = random(Math.min(bytes.length, 900))
    switch (random(7)) {
      case 0:
        bytes[at] = random(256)
        break
      case 1:
        bytes[at] = pick(interesting)
        break
      case 2:
        bytes[at] = (bytes[at] as number) ^ (1 << random(8))
        break
      case 3:
        bytes = bytes.subarray(0, at)
        break
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(20))])
        break
      case 5: {
        const piece = bytes.subarray(at, at + random(60))
        const to = random(Math.min(bytes.length, 900))
        bytes = Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(to)])
        break
      }
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          pick(corpus[protocol]).subarray(0, 200),
          bytes.subarray(at),
        ])
    }
  }
  return bytes
}

function* cuts(bytes: Buffer): Generator<Buffer> {
  const most = pick([1, 3, 16, 200, 5000])
  // Byte by byte through a large body would be most of the time and say little.
  const least = bytes.length > 2000 ? 200 : 1
  for (let at = 0; at < bytes.length; ) {
    const size = Math.max(least, 1 + random(most))
    yield bytes.subarray(at, at + size)
    at += size
  }
}

class Digest implements Hearer {
  text = ''
  body = 0
  private readonly protocol: Binary
  private readonly writer: EnvironWriter
  constructor(protocol: Binary, writer: EnvironWriter) {
    this.protocol = protocol
    this.writer = writer
  }
  heardHead(source: Buffer, from: number, to: number): void {
    this.writer.begin(source, to - from, this.protocol)
    if (this.protocol === 'fastcgi') readPairs(this.writer, source, from, to)
    else readVars(this.writer, source, from, to)
    const environ = readEnviron(this.writer.finish())
    for (const name of ['PATH_INFO', 'SCRIPT_NAME', 'SERVER_NAME', 'SERVER_PORT', 'wsgi.url_scheme']) {
      if (environ[name] === undefined) throw new Error(`${name} is missing`)
    }
    if (Object.keys(environ).some((name) => name.startsWith('UWSGI_') || name === 'HTTP_PROXY')) {
      throw new Error('a variable got through that must not')
    }
    this.text += JSON.stringify(environ)
  }
  heardBadHead(error: PosternError): void {
    this.text += `${error.code};`
  }
  heardBody(bytes: Buffer): void {
    this.body += bytes.length
  }
  heardBodyEnd(): void {
    this.text += `end ${this.body};`
  }
  heardAbort(): void {
    this.text += 'abort;'
  }
  say(bytes: Buffer): void {
    this.text += `${bytes.toString('hex')};`
  }
}

const writer = new EnvironWriter(['/token-1', '/blog'])

function read(protocol: Binary, pieces: Iterable<Buffer>): string {
  const digest = new Digest(protocol, writer)
  const reader = protocol === 'fastcgi' ? new FastCgiReader(digest, 65_535) : new UwsgiReader(digest, 65_535)
  try {
    for (const piece of pieces) reader.receive(piece)
  } catch (error) {
    if (!(error instanceof PosternError) || error.blame !== 'peer') throw error
    return `${digest.text} ${error.code}`
  }
  return `${digest.text} ${digest.body}`
}

const symbols = Object.getOwnPropertySymbols(new Socket())
const symbol = (name: string): symbol => symbols.find((one) => one.description === name) as symbol
/** Slices of a body that were said to be kept, and what they were. */
let keptSlices: [Buffer, Buffer][] = []

/** Enough of a socket for a link; what is written is kept. */
class Wire extends EventEmitter {
  readonly written: Buffer[] = []
  destroyed = false
  paused = false
  ended = false
  writableLength = 0
  writableNeedDrain = false
  readableLength = 0
  remoteAddress = undefined
  /** As an accepted socket's handle, it can read into a buffer that is given to it; see gateway/read-into.ts. */
  _handle = { fd: -1, useUserBuffer() {} }
  /** One read, as node does it: into the link's buffer, which is somebody else's afterwards. */
  read(bytes: Buffer): void {
    const self = this as unknown as Record<symbol, unknown>
    for (let at = 0; at < bytes.length && !this.destroyed; ) {
      const buffer = self[symbol('kBuffer')] as Buffer
      const length = bytes.copy(buffer, 0, at)
      at += length
      ;(self[symbol('kBufferCb')] as (length: number, buffer: Buffer) => void)(length, buffer)
      const next = (self[symbol('kBufferGen')] as () => Buffer | undefined)()
      if (next !== undefined) self[symbol('kBuffer')] = next
      else buffer.fill(0xee, 0, length)
    }
  }
  write(bytes: Buffer): boolean {
    if (!this.destroyed && !this.ended) this.written.push(Buffer.from(bytes))
    return true
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    if (this.destroyed) return
    this.destroyed = true
    this.emit('close')
  }
  destroySoon(): void {
    this.destroy()
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
  }
  isPaused(): boolean {
    return this.paused
  }
  cork(): void {}
  uncork(): void {}
}

const open: { exchange: Exchange; wire: Wire; gone: boolean }[] = []
let wire = new Wire()

const dispatch: Dispatch = {
  submit(exchange) {
    const entry = { exchange, wire, gone: false }
    exchange.onGone = () => {
      entry.gone = true
    }
    open.push(entry)
    if (exchange.bodyMode === 'stream' && random(4) > 0) {
      exchange.startBody({
        body(bytes) {
          if (random(3) === 0) {
            keptSlices.push([bytes, Buffer.from(bytes)])
            lent.kept = true
          }
          return random(5) > 0
        },
        bodyFailed() {},
      })
    }
    if (random(2) === 0) answerAll()
  },
}
const gate = new Gate(dispatch, { info() {}, warning() {} }, [])

function answerAll(): void {
  for (const { exchange } of open.splice(0)) {
    const body = Buffer.from(`<${exchange.uri}>`, 'latin1')
    switch (random(6)) {
      case 0:
        exchange.refuse(new PosternError('REQUEST_NO_METHOD', { protocol: 'fuzz' }), 1)
        break
      case 1:
        exchange.respond(Buffer.from('200 OK\r\n\r\n'), body, false)
        exchange.abort('fuzz')
        break
      case 2:
        exchange.respond(Buffer.from('200 OK\r\n\r\n'), undefined, false)
        exchange.resumeBody()
        exchange.more(body, true)
        break
      default:
        exchange.respond(Buffer.from('200 OK\r\n\r\n'), body, true)
    }
    // Nothing that is said after the end may reach the next request.
    exchange.more(Buffer.from('<late>'), true)
    exchange.discardBody()
  }
}

function connection(protocol: Binary, bytes: Buffer): void {
  wire = new Wire()
  const socket = wire as unknown as Socket
  const link = protocol === 'fastcgi' ? new FastCgiLink(socket, gate) : new UwsgiLink(socket, gate)
  for (const piece of cuts(bytes)) {
    if (wire.destroyed) break
    wire.read(piece)
    if (random(3) === 0) answerAll()
  }
  answerAll()
  if (random(2) === 0) link.expire()
  wire.emit('end')
  wire.destroy()
  answerAll()
  for (const [slice, copy] of keptSlices) {
    if (!slice.equals(copy)) throw new Error('memory that was kept has changed')
  }
  keptSlices = []
  const said = Buffer.concat(wire.written).toString('latin1')
  if (said.includes('<late>')) throw new Error('a late answer was written')
  for (const [, uri] of said.matchAll(/<([^<>]*)>/g)) {
    if (uri?.startsWith('/token-') && !bytes.includes(uri, 0, 'latin1'))
      throw new Error(`an answer for ${uri} came here`)
  }
}

const started = performance.now()
let memory = 0
for (let n = 0; n < inputs; n++) {
  const protocol: Binary = n % 2 === 0 ? 'fastcgi' : 'uwsgi'
  const bytes = mutate(protocol)
  const before = process.cpuUsage()
  try {
    if (n % 4 < 2) {
      const whole = read(protocol, [bytes])
      const cut = read(protocol, cuts(bytes))
      // After a refusal the body bytes before it may or may not have been told.
      if (whole !== cut) throw new Error(`cut differently, heard differently:\n${whole}\n${cut}`)
    } else connection(protocol, bytes)
    if (gate.counts.connections !== 0) throw new Error('a connection was not let go')
    // CPU time: the machine may have other things to do.
    if (process.cpuUsage(before).user > 3e6) throw new Error('three seconds of CPU for one input')
  } catch (error) {
    console.error(
      `input ${n} of seed ${seed} (${protocol}): ${(error as Error).stack}\n${bytes.toString('hex')}`,
    )
    process.exit(1)
  }
  if (n % 500_000 === 499_999) {
    globalThis.gc?.()
    const { rss } = process.memoryUsage()
    console.log(
      `${n + 1} inputs, ${Math.round((performance.now() - started) / 1000)} s, ${Math.round(rss / 2 ** 20)} MiB`,
    )
    memory ||= rss
    if (rss > memory * 2) {
      console.error('memory has doubled')
      process.exit(1)
    }
  }
}
console.log(
  `${inputs} inputs, seed ${seed}: no fault in ${Math.round((performance.now() - started) / 1000)} s`,
)
