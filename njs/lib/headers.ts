// Reading request headers and writing header values: the one place that knows how engines differ here.
// Header values may hold any byte; nothing below assumes UTF-8 or throws.
import type { NjsRequest } from '../request.ts'
import { wellFormed } from './text.ts'

/** As the engine joins it; undefined when absent. */
export function sentHeader(r: NjsRequest, name: string): string | undefined {
  try {
    return r.headersIn[name]
  } catch (_e) {
    // njs 0.8 and 1.0 cannot join repeated headers with bytes that are no UTF-8; one by one they can be read.
    return joinedLines(r, name.toLowerCase())
  }
}

function joinedLines(r: NjsRequest, name: string): string | undefined {
  const lines = r.rawHeadersIn || []
  const values: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as readonly string[]
    if (String(line[0]).toLowerCase() === name) values.push(String(line[1]))
  }
  return values.length === 0 ? undefined : values.join(name === 'cookie' ? '; ' : ', ')
}

/** A request header as valid UTF-8, '' when absent. njs 0.8 and later leave a comma behind the last of repeated headers. */
export function header(r: NjsRequest, name: string): string {
  const sent = sentHeader(r, name)
  if (sent === undefined || sent === null) return ''
  const value = wellFormed(sent)
  const last = value.charAt(value.length - 1)
  return last === ' ' || last === ',' ? value.replace(/[,;]\s*$/, '') : value
}

/** What may stand in a header value: every control character but the tab goes (CR and LF would split the response). */
export function cleanHeader(value: string): string {
  return Buffer.from(String(value))
    .toString()
    .replace(/[\x00-\x08\x0a-\x1f\x7f]+/g, ' ')
}

/** RFC 9110 token: what may be a header's name. */
export function isHeaderName(name: string): boolean {
  return /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)
}

/** The value of a cookie, '' when absent; the first of several wins, as in browsers' order of specificity. */
export function cookie(r: NjsRequest, name: string): string {
  const parts = header(r, 'Cookie').split(';')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    const at = part.indexOf('=')
    if (at > 0 && part.substring(0, at).trim() === name) {
      const value = part.substring(at + 1).trim()
      const quoted = value.length > 1 && value.charAt(0) === '"' && value.charAt(value.length - 1) === '"'
      return quoted ? value.substring(1, value.length - 1) : value
    }
  }
  return ''
}

/** Whether the cookie was sent at all, even empty. */
export function hasCookie(r: NjsRequest, name: string): boolean {
  const parts = header(r, 'Cookie').split(';')
  for (let i = 0; i < parts.length; i++) {
    if ((parts[i] as string).split('=')[0]?.trim() === name) return true
  }
  return false
}
