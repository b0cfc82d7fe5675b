import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import {
  ABORT,
  BODY,
  BODY_FAILED,
  BODY_STREAM,
  END,
  FrameReader,
  type FrameSink,
  frameHeader,
  GAVE_BACK,
  nextId,
  QUIET,
  requestSize,
  wasStarted,
  writeForget,
  writeRequest,
} from '../../../gateway/pool/frames.ts'

/** Frames as hex, a field per group: length, id, type, flags, aux, payload. Written by hand. */
const hex = (text: string): Buffer => Buffer.from(text.replace(/[^0-9a-f]/g, ''), 'hex')

// "200 OK\r\n\r\n" (10 bytes) and "hi", END, cost 3
const response = hex('0c000000 01000000 10 19 0a00 323030204f4b0d0a0d0a 6869')
const more = hex('03000000 01000000 11 01 0000 616263')
const abort = hex('04000000 02000000 12 00 0000 6f6f7073')
const gaveBack = hex('00000000 03000000 13 00 0000')
const emptyEnd = hex('00000000 04000000 11 01 0000')

type Heard = (string | number | boolean | undefined)[]

function listen(): { sink: FrameSink; heard: Heard[]; body(): string } {
  const heard: Heard[] = []
  let bytes = ''
  return {
    heard,
    body: () => bytes,
    sink: {
      response: (id, head, body, end, cost) => {
        bytes += body?.toString() ?? ''
        heard.push(['response', id, head.toString(), end, cost])
      },
      more: (id, body, end) => {
        bytes += body.toString()
        if (end) heard.push(['end', id])
      },
      abort: (id, reason) => heard.push(['abort', id, reason]),
      gaveBack: (id) => heard.push(['gave back', id]),
      inform: (id, head) => heard.push(['inform', id, head.toString()]),
      logvars: (id, json) => heard.push(['logvars', id, json]),
      closed: (id) => heard.push(['closed', id]),
      done: (id, status) => heard.push(['done', id, status]),
      rest: (id, bytes) => heard.push(['rest', id, bytes.toString('latin1')]),
    },
  }
}

/** Whole, byte by byte, and with foreign bytes after: the same is heard. */
const reads = test.macro((t, wire: Buffer, expected: Heard[], body: string) => {
  const whole = listen()
  new FrameReader().push(wire, whole.sink)
  t.deepEqual(whole.heard, expected)
  t.is(whole.body(), body)

  const tail = listen()
  new FrameReader().push(Buffer.concat([wire, gaveBack, Buffer.from([1])]), tail.sink)
  t.deepEqual(tail.heard, [...expected, ['gave back', 3]])

  const dripping = listen()
  const reader = new FrameReader()
  for (const byte of wire) reader.push(Buffer.from([byte]), dripping.sink)
  t.is(dripping.body(), body)
  t.true(reader.atBoundary)
  const last = dripping.heard.at(-1) as Heard
  t.is(last[1], (expected.at(-1) as Heard)[1])
})

test('reads a whole response', reads, response, [['response', 1, '200 OK\r\n\r\n', true, 3]], 'hi')
test('reads body bytes', reads, more, [['end', 1]], 'abc')
test('reads an end without bytes', reads, emptyEnd, [['end', 4]], '')
test('reads an abort', reads, abort, [['abort', 2, 'oops']], '')
test('reads what was given back', reads, gaveBack, [['gave back', 3]], '')

test('a response that comes in two reads is passed on in two parts', (t) => {
  const { sink, heard, body } = listen()
  const reader = new FrameReader()
  reader.push(response.subarray(0, 23), sink)
  t.deepEqual(heard, [['response', 1, '200 OK\r\n\r\n', false, 3]])
  reader.push(response.subarray(23), sink)
  t.deepEqual(heard.at(-1), ['end', 1])
  t.is(body(), 'hi')
})

test('refuses a type no worker sends', (t) => {
  const error = t.throws(() => new FrameReader().push(hex('00000000 01000000 01 00 0000'), listen().sink))
  t.regex(error?.message ?? '', /unknown frame type 1/)
})

test('refuses word of an answer that is not ten bytes long', (t) => {
  for (const length of ['09', '0b']) {
    t.throws(() => new FrameReader().push(hex(`${length}000000 01000000 17 01 0000`), listen().sink), {
      message: /a DONE frame of (9|11) bytes/,
    })
  }
})

test('bytes for the peer’s connection that come in two reads are passed on in two parts', (t) => {
  const { sink, heard } = listen()
  const reader = new FrameReader()
  reader.push(hex('03000000 07000000 18 00 0000 61'), sink)
  reader.push(hex('6263'), sink)
  t.deepEqual(heard, [
    ['rest', 7, 'a'],
    ['rest', 7, 'bc'],
  ])
})

test('refuses a head longer than its frame', (t) => {
  t.throws(() => new FrameReader().push(hex('02000000 01000000 10 01 0300 3230'), listen().sink), {
    message: /a head of 3 bytes in a frame of 2/,
  })
})

test('a control frame may have a mebibyte, not a byte more', (t) => {
  const reader = new FrameReader()
  reader.push(frameHeader(1 << 20, 1, ABORT, 0), listen().sink)
  t.throws(() => new FrameReader().push(frameHeader((1 << 20) + 1, 1, ABORT, 0), listen().sink))
})

test('writes a request as docs/wire.md draws it', (t) => {
  const environ = Buffer.from('{0')
  const body = Buffer.from('xyz')
  const out = Buffer.alloc(requestSize(environ, body) + 1)
  const end = writeRequest(out, 1, 7, 0, 9, environ, body)
  t.is(end, out.length)
  t.deepEqual(out.subarray(1), hex('0d000000 07000000 01 00 0000 02000000 09000000 7b30 78797a'))
})

test('writes a bodiless frame', (t) => {
  t.deepEqual(frameHeader(0, 3, GAVE_BACK, END), hex('00000000 03000000 13 01 0000'))
})

test('request numbers wrap to 1', (t) => {
  t.is(nextId(1), 2)
  t.is(nextId(0xffffffff), 1)
})

test('a request was started if the slot has reached its number, also across the wrap', (t) => {
  t.false(wasStarted(1, 0))
  t.true(wasStarted(5, 5))
  t.false(wasStarted(6, 5))
  t.true(wasStarted(0xfffffff0, 3))
  t.false(wasStarted(3, 0xfffffff0))
})

// The frames that Python's tests read and write too (test/python/test_frames.py).
type Shared = { name: string; hex: string }
type ToWorker = Shared & {
  /** Id, environ, inline body (null: it streams), connection (negative: quietly). */
  request?: [number, Record<string, string>, string | null, number?]
  body?: [number, string, boolean]
  failed?: [number, string]
  forgotten?: number[]
}
const shared: { toGateway: (Shared & { heard: unknown[] })[]; toWorker: ToWorker[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../fixtures/frames/frames.json'), 'utf8'),
)

for (const { name, hex: text, heard } of shared.toGateway)
  test(`hears what a worker says: ${name}`, (t) => {
    const said: unknown[][] = []
    new FrameReader().push(hex(text), {
      response: (id, head, body, end, cost, after) =>
        said.push(['response', id, head.toString(), body?.toString() ?? '', end, cost, after]),
      more: (id, body, end, cost, after) => said.push(['more', id, body.toString(), end, cost, after]),
      abort: (id, reason, answered) => said.push(['abort', id, reason, answered]),
      gaveBack: (id) => said.push(['gave back', id]),
      inform: (id, head) => said.push(['inform', id, head.toString()]),
      logvars: (id, json) => said.push(['logvars', id, json]),
      closed: (id) => said.push(['closed', id]),
      done: (id, ...rest) => said.push(['done', id, ...rest]),
      rest: (id, bytes) => said.push(['rest', id, bytes.toString('latin1')]),
    })
    t.deepEqual(said, [heard])
  })

for (const { name, hex: text, request, body, failed, forgotten } of shared.toWorker)
  test(`says to a worker: ${name}`, (t) => {
    const wire = hex(text)
    if (request !== undefined) {
      const size = wire.readUInt32LE(12)
      const out = Buffer.alloc(wire.length)
      const [, , , connection = 0] = request
      const inline = request[2] ? Buffer.from(request[2]) : undefined
      writeRequest(
        out,
        0,
        request[0],
        (request[2] === null ? BODY_STREAM : 0) | (connection < 0 ? QUIET : 0),
        Math.abs(connection),
        wire.subarray(20, 20 + size),
        inline,
      )
      t.deepEqual(out, wire)
      return
    }
    if (forgotten !== undefined) {
      t.deepEqual(writeForget(forgotten), wire)
      return
    }
    const [id, payload] = (body ?? failed) as [number, string]
    const header = frameHeader(payload.length, id, failed ? BODY_FAILED : BODY, body?.[2] ? END : 0)
    t.deepEqual(Buffer.concat([header, Buffer.from(payload)]), wire)
  })
