// The smallest `r`: enough for deciding, made of plain data, and itself fit to run inside njs.
// Describes a request as JSON does; knows no engine's peculiarities (request.ts beside it does).
import type { NjsRequest } from '../request.ts'

export type PlainRequest = {
  method?: string
  /** As sent: path and arguments. */
  url: string
  /** In order; a name may repeat. */
  headers?: readonly (readonly [string, string])[]
  remote?: string
  scheme?: string
  variables?: { [name: string]: string }
}

/** Path of a URL as nginx normalises it: decoded, dots and double slashes resolved. */
export function normalPath(raw: string): string {
  const decoded = raw.indexOf('%') < 0 ? raw : decodePath(raw)
  const kept: string[] = []
  const parts = decoded.split('/')
  for (let i = 1; i < parts.length; i++) {
    const part = parts[i] as string
    const last = i === parts.length - 1
    if (part === '..') kept.pop()
    else if (part !== '.' && part !== '') kept.push(part)
    if (last && (part === '' || part === '.' || part === '..') && kept.length > 0) kept.push('')
  }
  return `/${kept.join('/')}`
}

function decodePath(raw: string): string {
  return raw.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replace(/%/g, ''), 'hex').toString())
}

export function plainRequest(from: PlainRequest, logged: string[]): NjsRequest {
  const at = from.url.indexOf('?')
  const headersIn: { [name: string]: string } = {}
  const headers = from.headers || []
  for (let i = 0; i < headers.length; i++) {
    const pair = headers[i] as readonly [string, string]
    const name = pair[0].toLowerCase()
    const joint = name === 'cookie' ? '; ' : ', '
    headersIn[name] = headersIn[name] === undefined ? pair[1] : headersIn[name] + joint + pair[1]
  }
  const variables: { [name: string]: string | undefined } = {
    host: (headersIn.host || 'localhost').toLowerCase().replace(/:\d+$/, ''),
    args: (at < 0 ? '' : from.url.substring(at + 1)) || undefined,
    request_uri: from.url,
    remote_addr: from.remote || '127.0.0.1',
    scheme: from.scheme || 'http',
  }
  for (const name in from.variables) variables[name] = from.variables[name]
  const write = (message: string): void => void logged.push(message)
  return {
    method: from.method || 'GET',
    uri: normalPath(at < 0 ? from.url : from.url.substring(0, at)),
    httpVersion: '1.1',
    remoteAddress: from.remote || '127.0.0.1',
    headersIn: foldCase(headersIn, headers),
    variables,
    log: write,
    warn: write,
    error: write,
  }
}

/** njs looks names up without case; plain objects cannot, so every spelling the code uses is there. */
function foldCase(
  byName: { [name: string]: string },
  headers: readonly (readonly [string, string])[],
): { [name: string]: string } {
  const all: { [name: string]: string } = {}
  for (const name in byName) {
    all[name] = byName[name] as string
    all[name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase())] = byName[name] as string
  }
  for (let i = 0; i < headers.length; i++) {
    const sent = (headers[i] as readonly [string, string])[0]
    all[sent] = byName[sent.toLowerCase()] as string
  }
  return all
}
