// A request without a connection, for tests of the dispatcher and the pool: says what it heard.

import type { PosternError } from '../../errors.ts'
import type { BodyMode, BodySink, Exchange } from '../../gateway/exchange.ts'

/** An environ as the protocols write it: a marshal dict of short ASCII strings. */
export function marshalEnviron(environ: Record<string, string>): Buffer {
  const parts: Buffer[] = [Buffer.from('{')]
  for (const [key, value] of Object.entries(environ)) {
    parts.push(Buffer.from([0x5a, key.length]), Buffer.from(key))
    parts.push(Buffer.from([0x7a, value.length]), Buffer.from(value))
  }
  parts.push(Buffer.from('0'))
  return Buffer.concat(parts)
}

let serial = 0

export class FakeExchange implements Exchange {
  readonly environ: Buffer
  readonly bodyMode: BodyMode
  readonly inlineBody: Buffer | undefined
  readonly bodyLength: number
  readonly costKey: number
  readonly method: string
  readonly uri: string
  readonly requestId: string
  readonly remoteAddr = '127.0.0.1'
  readonly arrivedAt = performance.now()
  onGone: (() => void) | undefined
  onDrain: (() => void) | undefined
  sink: BodySink | undefined
  head = ''
  text = ''
  aborted: string | undefined
  refused: PosternError | undefined
  retryAfter: number | undefined
  ends = 0
  readonly over: Promise<this>
  #over: (value: this) => void = () => {}
  readonly #environ: Record<string, string>

  constructor(uri: string, more: { method?: string; body?: Buffer; costKey?: number; mode?: BodyMode } = {}) {
    serial += 1
    this.method = more.method ?? 'GET'
    this.uri = uri
    this.requestId = `test-${serial}`
    const [path, query = ''] = uri.split('?') as [string, string?]
    this.#environ = {
      REQUEST_METHOD: this.method,
      SCRIPT_NAME: '',
      PATH_INFO: path,
      QUERY_STRING: query,
      REQUEST_URI: uri,
      SERVER_NAME: 'test',
      SERVER_PORT: '80',
      SERVER_PROTOCOL: 'HTTP/1.1',
      HTTP_X_REQUEST_ID: this.requestId,
      'wsgi.url_scheme': 'http',
      ...(more.body ? { CONTENT_LENGTH: String(more.body.length) } : {}),
    }
    this.environ = marshalEnviron(this.#environ)
    this.bodyMode = more.mode ?? (more.body ? 'inline' : 'none')
    this.inlineBody = this.bodyMode === 'inline' ? more.body : undefined
    this.bodyLength = more.body?.length ?? 0
    this.costKey = more.costKey ?? 1
    this.over = new Promise((resolve) => {
      this.#over = resolve
    })
  }

  get status(): number {
    return this.refused?.status ?? Number(this.head.slice(0, 3))
  }

  variable(name: string): string | undefined {
    return this.#environ[name]
  }
  startBody(sink: BodySink): void {
    this.sink = sink
  }
  resumeBody(): void {}
  discardBody(): void {}
  respond(head: Buffer, body: Buffer | undefined, end: boolean): boolean {
    this.head += head.toString('latin1')
    this.text += body?.toString('latin1') ?? ''
    if (end) this.#end()
    return true
  }
  more(body: Buffer, end: boolean): boolean {
    this.text += body.toString('latin1')
    if (end) this.#end()
    return true
  }
  inform(): void {}
  abort(reason: string): void {
    this.aborted = reason
    this.#end()
  }
  refuse(error: PosternError, retryAfterSeconds?: number): void {
    this.refused = error
    this.retryAfter = retryAfterSeconds
    this.#end()
  }
  leave(): void {
    this.onGone?.()
  }
  #end(): void {
    this.ends += 1
    this.#over(this)
  }
}
