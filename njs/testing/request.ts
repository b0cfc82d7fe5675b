// A request object under Node that behaves as njs's `r` does, engine by engine. What differs was measured on the
// real ones (nginx 1.22.1 + njs 0.7.9, 1.26.3 + 0.8.9, 1.30.6 + 1.0.2); test/njs/testing.test.ts compares again.
import type { NjsContentRequest } from '../request.ts'
import { normalPath, type PlainRequest } from './plain-request.ts'

export type Engine = 'njs-0.7' | 'njs-0.8' | 'njs-1.0'
export const engines: Engine[] = ['njs-0.7', 'njs-0.8', 'njs-1.0']

/** Lines in order, `[['Cookie', 'a=1'], …]`, or by name, `{ Cookie: 'a=1', Accept: ['text/html', 'text/plain'] }`. */
export type FakeHeaders =
  | readonly (readonly string[])[]
  | { readonly [name: string]: string | readonly string[] | undefined }

export type FakeOptions = Omit<PlainRequest, 'headers'> & {
  headers?: FakeHeaders
  /** Default: the oldest. */
  engine?: Engine
  body?: string
  /** nginx's client_body_buffer_size: a larger body goes to a file, unless it came along with the head. Default 16384. */
  bodyBufferBytes?: number
  /** For a header filter: what the application answered. */
  response?: { status?: number; headers?: FakeHeaders }
  /** Names of js_var variables that may be written, besides those given in `variables`. */
  writable?: string[]
}

export type Logged = { level: 'log' | 'warn' | 'error'; message: string }

export type FakeRequest = NjsContentRequest & {
  readonly requestBuffer: Buffer | undefined
  readonly args: { [name: string]: string | string[] }
  readonly rawHeadersIn: [string, string][]
  readonly internal: boolean
  /** What return() was given; undefined before. */
  readonly answer: { status: number; body: string | undefined } | undefined
  readonly logged: Logged[]
  /** The header lines that would go out, in order; a value with CR LF is split, as old engines do. */
  sent(): [string, string][]
}

export function fakeRequest(options: FakeOptions): FakeRequest {
  const engine = options.engine ?? 'njs-0.7'
  const at = options.url.indexOf('?')
  const path = at < 0 ? options.url : options.url.slice(0, at)
  const rawHeadersIn = withHost(pairsOf(options.headers))
  const logged: Logged[] = []
  const out = headersOut(engine, pairsOf(options.response?.headers))
  let answer: FakeRequest['answer']
  let status = options.response?.status ?? 0
  const say = (level: Logged['level']) => (message: string) =>
    void logged.push({ level, message: String(message) })
  const readBody = (): string | undefined => {
    if (options.body === undefined) return undefined
    const inFile = Buffer.byteLength(options.body) > (options.bodyBufferBytes ?? 16_384)
    if (inFile && engine !== 'njs-1.0') throw new Error('request body is in a file')
    return options.body
  }
  return {
    method: options.method ?? 'GET',
    uri: normalPath(path),
    httpVersion: '1.1',
    remoteAddress: options.remote ?? '127.0.0.1',
    headersIn: headersIn(engine, rawHeadersIn),
    rawHeadersIn,
    internal: false,
    args: parseArgs(at < 0 ? '' : options.url.slice(at + 1)),
    variables: variablesOf(engine, options, rawHeadersIn, at),
    headersOut: out.proxy,
    get status() {
      return status
    },
    set status(value: number) {
      status = Number(value)
    },
    get requestText() {
      return readBody()
    },
    get requestBuffer() {
      const text = readBody()
      return text === undefined ? undefined : Buffer.from(text)
    },
    return(code: number, body?: string) {
      const isRedirect = [301, 302, 303, 307, 308].includes(code)
      if (isRedirect && body !== undefined) out.set('Location', String(body))
      answer = { status: code, body: isRedirect ? undefined : body === undefined ? undefined : String(body) }
    },
    log: say('log'),
    warn: say('warn'),
    error: say('error'),
    get answer() {
      return answer
    },
    logged,
    sent: out.lines,
  }
}

const isList = (headers: FakeHeaders): headers is readonly (readonly string[])[] => Array.isArray(headers)

function pairsOf(headers: FakeHeaders | undefined): [string, string][] {
  if (headers === undefined) return []
  if (isList(headers)) return headers.map(([name = '', value = '']) => [name, String(value)])
  return Object.entries(headers).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : (value ?? [])).map((one): [string, string] => [name, one]),
  )
}

const withHost = (headers: [string, string][]): [string, string][] =>
  headers.some(([name]) => name.toLowerCase() === 'host') ? headers : [['Host', 'localhost'], ...headers]

/** njs 0.7 joins repeated headers with `,` and cookies with `;`; later ones with a space, and once more at the end. */
function joined(engine: Engine, name: string, values: string[]): string {
  if (values.length === 1) return values[0] as string
  const mark = name === 'cookie' ? ';' : ','
  return engine === 'njs-0.7' ? values.join(mark) : values.map((value) => `${value}${mark} `).join('')
}

function headersIn(engine: Engine, headers: [string, string][]): { [name: string]: string | undefined } {
  const names = [...new Set(headers.map(([name]) => name.toLowerCase()))]
  const first = names.map((name) => headers.find(([other]) => other.toLowerCase() === name)?.[0] ?? name)
  const read = (key: string): string | undefined => {
    const name = key.toLowerCase()
    const values = headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value)
    return values.length === 0 ? undefined : joined(engine, name, values)
  }
  return new Proxy({} as { [name: string]: string | undefined }, {
    get: (_target, key) => (typeof key === 'string' ? read(key) : undefined),
    has: (_target, key) => typeof key === 'string' && read(key) !== undefined,
    ownKeys: () => first,
    getOwnPropertyDescriptor: (_target, key) => ({
      value: read(String(key)),
      enumerable: true,
      configurable: true,
    }),
    set: (_target, key) => {
      throw new TypeError(`Cannot assign to read-only property "${String(key)}" of object`)
    },
  })
}

/** r.args: decoded where that is possible; a repeated name becomes an array. */
function parseArgs(text: string): { [name: string]: string | string[] } {
  const found: { [name: string]: string | string[] } = {}
  for (const part of text === '' ? [] : text.split('&')) {
    const at = part.indexOf('=')
    const name = decode(at < 0 ? part : part.slice(0, at))
    const value = at < 0 ? '' : decode(part.slice(at + 1))
    const before = found[name]
    found[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value]
  }
  return found
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function variablesOf(
  engine: Engine,
  options: FakeOptions,
  headers: [string, string][],
  at: number,
): { [name: string]: string | undefined } {
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? 'localhost'
  const own: { [name: string]: string | undefined } = {
    host: host.toLowerCase().replace(/:\d+$/, ''),
    // Both `/x` and `/x?` have no arguments.
    args: (at < 0 ? '' : options.url.slice(at + 1)) || undefined,
    request_uri: options.url,
    remote_addr: options.remote ?? '127.0.0.1',
    request_method: options.method ?? 'GET',
    scheme: options.scheme ?? 'http',
    request_id: '0123456789abcdef0123456789abcdef',
  }
  const writable = new Set([...(options.writable ?? []), ...Object.keys(options.variables ?? {})])
  for (const name of options.writable ?? []) own[name] = ''
  Object.assign(own, options.variables)
  return new Proxy(own, {
    get: (target, key) => {
      if (typeof key !== 'string') return undefined
      if (Object.hasOwn(target, key)) return target[key]
      return key.startsWith('http_') ? httpVariable(engine, headers, key.slice(5)) : undefined
    },
    set: (target, key, value) => {
      const name = String(key)
      const known = Object.hasOwn(target, name)
      // A fake knows only the variables it was told of; postern's own are made by the generator.
      if (!known && !name.startsWith('postern_')) throw new TypeError('variable not found')
      if (known && !writable.has(name) && !name.startsWith('postern_') && engine !== 'njs-1.0') {
        throw new TypeError('variable is not writable')
      }
      target[name] = value === undefined || value === null ? '' : String(value)
      return true
    },
  })
}

/** $http_name: njs 0.7 comes with nginx 1.22, which gives the first of several. */
function httpVariable(engine: Engine, headers: [string, string][], name: string): string | undefined {
  const values = headers
    .filter(([other]) => other.toLowerCase().replaceAll('-', '_') === name)
    .map(([, value]) => value)
  if (values.length === 0) return undefined
  return engine === 'njs-0.7' ? values[0] : values.join(name === 'cookie' ? '; ' : ', ')
}

function headersOut(engine: Engine, before: [string, string][]) {
  const entries = new Map<string, { name: string; values: string[] }>()
  const set = (name: string, value: unknown): void => {
    const values = (Array.isArray(value) ? value : [value])
      .filter((one) => one !== undefined && one !== null)
      .map(String)
    if (engine === 'njs-1.0') {
      if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) throw new TypeError('invalid header name')
      if (values.some((one) => /[\r\n\0]/.test(one))) throw new TypeError('invalid header value')
    }
    if (values.length === 0) entries.delete(name.toLowerCase())
    else entries.set(name.toLowerCase(), { name, values })
  }
  for (const [name, value] of before) {
    const known = entries.get(name.toLowerCase())
    if (known) known.values.push(value)
    else entries.set(name.toLowerCase(), { name, values: [value] })
  }
  const read = (key: string): string | string[] | undefined => {
    const entry = entries.get(key.toLowerCase())
    if (!entry) return undefined
    return key.toLowerCase() === 'set-cookie' ? entry.values : joined(engine, '', entry.values)
  }
  const proxy = new Proxy({} as { [name: string]: string | string[] | undefined }, {
    get: (_target, key) => (typeof key === 'string' ? read(key) : undefined),
    set: (_target, key, value) => {
      set(String(key), value)
      return true
    },
    deleteProperty: (_target, key) => entries.delete(String(key).toLowerCase()) || true,
    ownKeys: () => [...entries.values()].map((entry) => entry.name),
    getOwnPropertyDescriptor: (_target, key) => ({
      value: read(String(key)),
      enumerable: true,
      configurable: true,
    }),
  })
  /** As a browser would read the bytes: each CR LF begins another header. */
  const lines = (): [string, string][] =>
    [...entries.values()].flatMap(({ name, values }) =>
      values.flatMap((value) =>
        `${name}: ${value}`.split(/\r\n/).map((line): [string, string] => {
          const at = line.indexOf(':')
          return [line.slice(0, at), line.slice(at + 1).trim()]
        }),
      ),
    )
  return { proxy, set, lines }
}
