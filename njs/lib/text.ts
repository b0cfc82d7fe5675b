// Percent coding and query strings that never throw: the client writes them, the hot path reads them.

const hexDigits = '0123456789ABCDEF'

/**
 * Text as valid UTF-8; bytes that are none become U+FFFD. njs 0.7 keeps what a client sent as bytes, and what a regular
 * expression captures of them makes the next expression throw: everything a client writes passes here first.
 */
export function wellFormed(text: string): string {
  return Buffer.byteLength(text) === text.length ? text : Buffer.from(text).toString()
}

/** Decodes %XX and keeps what is malformed as it is. `+` means a space in a query. */
export function decodeQuery(text: string): string {
  const spaced = text.indexOf('+') < 0 ? text : text.replace(/\+/g, ' ')
  if (spaced.indexOf('%') < 0) return spaced
  if (!/%[0-9A-Fa-f]{2}/.test(spaced)) return spaced
  // Plain ASCII is decoded without decodeURIComponent: that one throws on %FF, and a throw is dear before njs 0.8.7.
  return spaced.replace(/(?:%[0-9A-Fa-f]{2})+/g, decodeRun)
}

function decodeRun(run: string): string {
  return Buffer.from(run.replace(/%/g, ''), 'hex').toString()
}

/** The values of one query argument, in order. */
export function queryValues(args: string, name: string): string[] {
  const found: string[] = []
  if (args === '') return found
  const parts = wellFormed(args).split('&')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string
    const at = part.indexOf('=')
    if (decodeQuery(at < 0 ? part : part.substring(0, at)) === name) {
      found.push(at < 0 ? '' : decodeQuery(part.substring(at + 1)))
    }
  }
  return found
}

const unsafeInUrl = '"<>\\^`{|}'

/** Percent-encodes what may not stand in a URL: controls, space, quotes, backslash, non-ASCII. Keeps an existing %XX. */
export function encodeUrl(text: string): string {
  return encodeBytes(text, unsafeInUrl)
}

/** As encodeUrl, and also `%`, `?` and `#`: for text that was decoded and becomes part of a path. */
export function encodePath(text: string): string {
  return encodeBytes(text, `${unsafeInUrl}%?#`)
}

/** By bytes, without a regular expression: an author may have captured the text from what a client sent. */
function encodeBytes(text: string, unsafe: string): string {
  const bytes = Buffer.from(text)
  let out = ''
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    const char = String.fromCharCode(byte)
    out +=
      byte < 0x21 || byte > 0x7e || unsafe.indexOf(char) >= 0
        ? `%${hexDigits.charAt(byte >> 4)}${hexDigits.charAt(byte & 15)}`
        : char
  }
  return out
}

/** Text for an HTML page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, escapeChar)
}

function escapeChar(char: string): string {
  return `&#${char.charCodeAt(0)};`
}
