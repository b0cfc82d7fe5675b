// For tests of the protocol readers: hex fixtures, a hearer that writes down what it hears, and the three ways of feeding.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PosternError } from '../../errors.ts'
import { EnvironWriter } from '../../gateway/protocol/environ.ts'
import { FastCgiReader, readPairs } from '../../gateway/protocol/fastcgi.ts'
import type { Hearer } from '../../gateway/protocol/hearer.ts'
import { readVars, UwsgiReader } from '../../gateway/protocol/uwsgi.ts'
import { readEnviron } from './echo.ts'

/** Bytes of a fixture: hex, with a comment after `#` on each line. */
export function wire(name: string): Buffer {
  const text = readFileSync(join(import.meta.dirname, '../fixtures/wire', name), 'utf8')
  return hex(text)
}

export const hex = (text: string): Buffer => Buffer.from(text.replace(/#.*$/gm, '').replace(/\s/g, ''), 'hex')

export type Notes = {
  environs: Record<string, string>[]
  body: string
  ends: number
  aborts: number
  said: string[]
  error?: string
}

class Notebook implements Hearer {
  readonly notes: Notes = { environs: [], body: '', ends: 0, aborts: 0, said: [] }
  readonly protocol: 'fastcgi' | 'uwsgi'
  readonly writer = new EnvironWriter()
  constructor(protocol: 'fastcgi' | 'uwsgi') {
    this.protocol = protocol
  }
  heardHead(source: Buffer, from: number, to: number): void {
    this.writer.begin(source, to - from, this.protocol)
    if (this.protocol === 'fastcgi') readPairs(this.writer, source, from, to)
    else readVars(this.writer, source, from, to)
    this.notes.environs.push(readEnviron(this.writer.finish()))
  }
  heardBadHead(error: PosternError): void {
    this.notes.error = error.code
  }
  heardBody(bytes: Buffer): void {
    this.notes.body += bytes.toString('latin1')
  }
  heardBodyEnd(): void {
    this.notes.ends++
  }
  heardAbort(): void {
    this.notes.aborts++
  }
  say(bytes: Buffer): void {
    this.notes.said.push(bytes.toString('hex'))
  }
}

/** What a reader makes of pieces; every piece is overwritten after it was heard, as a shared buffer would be. */
export function hear(
  protocol: 'fastcgi' | 'uwsgi',
  pieces: Iterable<Buffer>,
  answered = false,
  limit = 65_535,
): Notes {
  const notebook = new Notebook(protocol)
  const reader =
    protocol === 'fastcgi' ? new FastCgiReader(notebook, limit) : new UwsgiReader(notebook, limit)
  try {
    for (const piece of pieces) {
      const copy = Buffer.concat([piece, Buffer.from('tail')])
      reader.receive(copy, piece.length)
      copy.fill(0xee)
      if (answered && reader instanceof FastCgiReader && notebook.notes.ends > 0) reader.answered()
    }
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error
    notebook.notes.error = error.code as string
  }
  return notebook.notes
}

export function* cut(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** The same bytes whole, byte by byte, and in pieces of seven: one meaning. */
export function hearThreeWays(protocol: 'fastcgi' | 'uwsgi', bytes: Buffer): [Notes, Notes, Notes] {
  return [hear(protocol, [bytes]), hear(protocol, cut(bytes, 1)), hear(protocol, cut(bytes, 7))]
}
