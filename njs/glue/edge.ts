// Runs the author's `headers` and `respond`. A throw in a header filter would cut the connection without an answer,
// and njs before 1.0.1 lets CR and LF into headers: both are stopped here.
import type { EdgeHandlers, EdgeResponse, HeaderChanges } from '../edge.ts'
import { cleanHeader, isHeaderName } from '../lib/headers.ts'
import type { NjsContentRequest, NjsFilterRequest } from '../request.ts'

export function runHeaders(r: NjsFilterRequest, edge: EdgeHandlers): void {
  try {
    const changes = edge.headers?.(r, { status: r.status, header: (name) => headerOut(r, name) })
    if (changes) applyHeaders(r, changes)
  } catch (e) {
    r.error(`edge.ts headers: ${e instanceof Error ? e.message : String(e)}`)
  }
}

/** Framing is nginx's own business. */
function isFraming(name: string): boolean {
  return /^(connection|content-length|transfer-encoding|upgrade|trailer|te|keep-alive)$/i.test(name)
}

function headerOut(r: NjsFilterRequest, name: string): string {
  const value = r.headersOut[name]
  if (value === undefined || value === null) return ''
  return Array.isArray(value) ? value.join(', ') : String(value)
}

function applyHeaders(r: NjsFilterRequest, changes: HeaderChanges): void {
  for (const name in changes) {
    if (!isHeaderName(name) || isFraming(name)) {
      r.error(`edge.ts: a handler may not set the header ${cleanHeader(name)}`)
      continue
    }
    const value = changes[name]
    if (value === null || value === undefined) r.headersOut[name] = undefined
    else r.headersOut[name] = Array.isArray(value) ? value.map(cleanHeader) : cleanHeader(value)
  }
}

export async function runRespond(r: NjsContentRequest, edge: EdgeHandlers): Promise<void> {
  try {
    const said = edge.respond ? await edge.respond(r) : undefined
    if (!said || !isStatus(said.status)) {
      r.error('edge.ts: respond() gave no response with a status from 200 to 599')
      r.return(500)
      return
    }
    answer(r, said)
  } catch (e) {
    const why = e instanceof Error ? e.message : String(e)
    r.error(`edge.ts respond: ${why}`)
    // njs before 0.9 cannot read a body that did not fit into client_body_buffer_size.
    r.return(why.indexOf('request body is in a file') >= 0 ? 413 : 500)
  }
}

function isStatus(status: number): boolean {
  return Math.floor(status) === status && status >= 200 && status <= 599
}

function answer(r: NjsContentRequest, said: EdgeResponse): void {
  const headers = said.headers || {}
  applyHeaders(r, headers)
  if (said.status >= 300 && said.status < 400 && said.status !== 304 && headers.Location !== undefined) {
    // return(30x, url) is how njs writes a redirect; the text is its Location.
    r.return(said.status, cleanHeader(String(headers.Location)))
    return
  }
  r.return(said.status, said.body === undefined ? '' : said.body)
}
