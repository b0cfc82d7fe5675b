// What a reader and the environ's writer make of bytes, as one text. Throws what the error table does not know.

import { PosternError } from '../../errors.ts'
import { EnvironWriter } from '../../gateway/protocol/environ.ts'
import { FastCgiReader, readPairs } from '../../gateway/protocol/fastcgi.ts'
import type { Hearer } from '../../gateway/protocol/hearer.ts'
import { readVars, UwsgiReader } from '../../gateway/protocol/uwsgi.ts'
import { readEnviron } from '../../test/helpers/echo.ts'
import type { Binary } from './inputs.ts'

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

export function read(protocol: Binary, pieces: Iterable<Buffer>): string {
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
