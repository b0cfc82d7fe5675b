// A whole connection under hostile bytes, answered in every way there is. Throws when an answer goes astray.

import type { Socket } from 'node:net'
import { PosternError } from '../../errors.ts'
import type { Dispatch, Exchange } from '../../gateway/exchange.ts'
import { lent } from '../../gateway/lent.ts'
import { FastCgiLink } from '../../gateway/listen/fastcgi-link.ts'
import { Gate } from '../../gateway/listen/gate.ts'
import { UwsgiLink } from '../../gateway/listen/uwsgi-link.ts'
import { type Binary, cuts } from './inputs.ts'
import { random } from './random.ts'
import { Wire } from './wire.ts'

/** Slices of a body that were said to be kept, and what they were. */
let keptSlices: [Buffer, Buffer][] = []

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
export const gate = new Gate(dispatch, { info() {}, warning() {} }, [])

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

export function connection(protocol: Binary, bytes: Buffer): void {
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
