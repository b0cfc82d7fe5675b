// A Dispatch without workers: it keeps the exchanges it is given, and by default answers each with its environ as JSON
// and its body. For tests of everything in front of the dispatcher.

import type { Dispatch, Exchange } from '../../gateway/exchange.ts'

/** Python's marshal dict of str, as the worker would see it. */
export function readEnviron(marshal: Buffer): Record<string, string> {
  const environ: Record<string, string> = {}
  let at = 0
  const read = (): string => {
    const type = String.fromCharCode(marshal[at++] as number)
    const short = type === 'Z' || type === 'z'
    const length = short ? marshal.readUInt8(at) : marshal.readUInt32LE(at)
    at += short ? 1 : 4
    if (!'Zzau'.includes(type)) throw new Error(`type ${type} at ${at}`)
    const text = marshal.toString(type === 'u' ? 'utf8' : 'latin1', at, at + length)
    if (text.length === 0 && length !== 0) throw new Error(`value runs out at ${at}`)
    at += length
    return text
  }
  if (marshal[at++] !== 0x7b) throw new Error('not a dict')
  while (marshal[at] !== 0x30) {
    const key = read()
    environ[key] = read()
  }
  if (at + 1 !== marshal.length) throw new Error(`${marshal.length - at - 1} bytes behind the dict`)
  return environ
}

export type Heard = { exchange: Exchange; environ: Record<string, string>; body: Buffer; failed?: string }

/** Reads the whole body of an exchange, whatever its mode. */
export function readBody(exchange: Exchange): Promise<{ body: Buffer; failed?: string }> {
  if (exchange.bodyMode === 'inline') return Promise.resolve({ body: exchange.inlineBody as Buffer })
  if (exchange.bodyMode === 'none') return Promise.resolve({ body: Buffer.alloc(0) })
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    exchange.startBody({
      body(bytes, end) {
        chunks.push(Buffer.from(bytes))
        if (end) resolve({ body: Buffer.concat(chunks) })
        return true
      },
      bodyFailed: (failed) => resolve({ body: Buffer.concat(chunks), failed }),
    })
  })
}

export const head = (status: string, ...headers: string[]): Buffer =>
  Buffer.from(`${[status, ...headers].join('\r\n')}\r\n\r\n`, 'latin1')

export type Answer = (heard: Heard) => void

/** Answers with `{environ, body}` as JSON; the body as base64. */
export const answerEcho: Answer = ({ exchange, environ, body, failed }) => {
  const text = Buffer.from(JSON.stringify({ environ, body: body.toString('base64'), failed }))
  exchange.respond(
    head('200 OK', 'Content-Type: application/json', `Content-Length: ${text.length}`),
    text,
    true,
  )
}

export class EchoDispatch implements Dispatch {
  readonly heard: Heard[] = []
  private readonly waiting: ((heard: Heard) => void)[] = []
  answer: Answer

  constructor(answer: Answer = answerEcho) {
    this.answer = answer
  }

  submit(exchange: Exchange): void {
    void readBody(exchange).then((read) => {
      const heard: Heard = { exchange, environ: readEnviron(exchange.environ), ...read }
      const waiter = this.waiting.shift()
      if (waiter) waiter(heard)
      else this.heard.push(heard)
      this.answer(heard)
    })
  }

  /** The next request that was heard. */
  next(): Promise<Heard> {
    const heard = this.heard.shift()
    return heard ? Promise.resolve(heard) : new Promise((resolve) => this.waiting.push(resolve))
  }
}
