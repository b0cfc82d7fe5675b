// Text → tokens, by the rules of nginx's own ngx_conf_read_token. Never throws and never loses a character: what nginx
// refuses is a problem beside the token. Knows nothing of directives except how a Lua block ends.
import { skipLuaBody } from './lua.ts'
import type { Position, Span, SyntaxProblem } from './node.ts'
import { LineIndex } from './source.ts'

/** nginx reads a file through a buffer of this many bytes; no word and no comment may fill it. */
export const PARAMETER_LIMIT = 4096

export type TokenKind = 'word' | 'comment' | ';' | '{' | '}' | 'end'

export type Token = {
  kind: TokenKind
  raw: string
  value: string
  quote: '"' | "'" | undefined
  /** White space before the token. */
  trivia: string
  start: Position
  end: Position
}

const LF = 10
const HASH = 35
const DOLLAR = 36
const SEMICOLON = 59
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125
const PAREN_CLOSE = 41

const isSpace = (code: number): boolean => code === 32 || code === 9 || code === 13 || code === LF

/** Characters that mean something in a bare word: the others, nearly all, are passed by with one look into this. */
const MARKS = new Uint8Array(128)
for (const code of [32, 9, 13, LF, SEMICOLON, OPEN, BACKSLASH, DOLLAR]) MARKS[code] = 1

export class Tokenizer {
  readonly text: string
  readonly lines: LineIndex
  readonly problems: SyntaxProblem[] = []
  #at = 0
  /** Just behind a closing quote, where nginx wants white space, `;`, `{` or `)`. */
  #afterQuote = false
  /** Behind a quote that never closes nginx sees nothing but its text: no more is said. */
  #swallowed = false

  constructor(text: string) {
    this.text = text
    this.lines = new LineIndex(text)
  }

  next(): Token {
    const { text } = this
    const from = this.#at
    let at = from
    if (at === 0 && text.charCodeAt(0) === 0xfeff) {
      at = 1
      this.#report(
        'bom',
        `unknown directive "\\xEF\\xBB\\xBF"`,
        0,
        1,
        'no byte order mark: save the file as UTF-8 without BOM',
      )
    }
    while (at < text.length && isSpace(text.charCodeAt(at))) at++
    const glued = this.#afterQuote && at === from
    this.#afterQuote = false
    const trivia = text.slice(from, at)
    if (at >= text.length) return this.#token('end', at, at, trivia)
    const code = text.charCodeAt(at)
    if (glued && code !== SEMICOLON && code !== OPEN && code !== PAREN_CLOSE) {
      const char = String.fromCodePoint(text.codePointAt(at) as number)
      this.#report(
        'unexpected',
        `unexpected "${char}"`,
        at,
        at + char.length,
        'white space, ";" or "{" after a closing quote',
      )
    }
    switch (code) {
      case SEMICOLON:
        return this.#token(';', at, at + 1, trivia)
      case OPEN:
        return this.#token('{', at, at + 1, trivia)
      case CLOSE:
        return this.#token('}', at, at + 1, trivia)
      case HASH:
        return this.#comment(at, trivia)
      case 34:
      case 39:
        return this.#quoted(at, trivia, code === 34 ? '"' : "'")
      default:
        return this.#bare(at, trivia)
    }
  }

  /** After `{` of a `*_by_lua_block`: its text up to the matching `}`, which is left to be read. */
  luaBody(): string {
    const from = this.#at
    this.#at = skipLuaBody(this.text, from)
    return this.text.slice(from, this.#at)
  }

  /** All that has not been read. */
  rest(): string {
    const rest = this.text.slice(this.#at)
    this.#at = this.text.length
    return rest
  }

  span(start: number, end: number): Span {
    return { start: this.lines.at(start), end: this.lines.at(end) }
  }

  #comment(start: number, trivia: string): Token {
    const found = this.text.indexOf('\n', start)
    const end = found === -1 ? this.text.length : found
    this.#checkLength(start, start, end, '#')
    return this.#token('comment', start, end, trivia)
  }

  #bare(start: number, trivia: string): Token {
    const { text } = this
    let at = start
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (!MARKS[code]) at++
      else if (code === BACKSLASH) at += 2
      else if (code === DOLLAR) at += text.charCodeAt(at + 1) === OPEN ? 2 : 1
      else break
    }
    const end = Math.min(at, text.length)
    this.#checkLength(start, start, end, '')
    return this.#token('word', start, end, trivia)
  }

  #quoted(start: number, trivia: string, quote: '"' | "'"): Token {
    const { text } = this
    const mark = quote.charCodeAt(0)
    let at = start + 1
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (code === BACKSLASH) at += 2
      else if (code === mark) break
      else at++
    }
    if (at >= text.length) return this.#unclosed(start, trivia, quote)
    this.#checkLength(start, start + 1, at + 1, quote)
    this.#afterQuote = true
    return this.#token('word', start, at + 1, trivia, quote)
  }

  /** A quote that never closes eats the rest of the file; reading goes on as if it ended with its line. */
  #unclosed(start: number, trivia: string, quote: '"' | "'"): Token {
    const { text } = this
    const found = text.indexOf('\n', start)
    let end = found === -1 ? text.length : found
    while (end > start + 1 && isSpace(text.charCodeAt(end - 1))) end--
    if (/[;{]/.test(text[end - 1] as string) && end - 1 > start) end--
    while (end > start + 1 && isSpace(text.charCodeAt(end - 1))) end--
    if (this.#swallowed) return this.#token('word', start, end, trivia, quote)
    this.#swallowed = true
    const long = tooLong(text, start + 1, text.length, PARAMETER_LIMIT)
    const blamed = long ? start : text.length
    this.problems.push({
      code: 'unclosed-quote',
      message: long
        ? `too long parameter, probably missing terminating "${quote}" character`
        : 'unexpected end of file, expecting ";" or "}"',
      span: this.span(blamed, long ? start + 1 : text.length),
      expected: `a closing ${quote}`,
      ...(long
        ? {}
        : { related: [{ message: 'this quote is never closed', span: this.span(start, start + 1) }] }),
    })
    return this.#token('word', start, end, trivia, quote)
  }

  /** nginx keeps a word in its buffer until the first character after it is read. */
  #checkLength(start: number, from: number, end: number, mark: '' | '#' | '"' | "'"): void {
    if (end - from < PARAMETER_LIMIT / 3 - 1) return
    const { text } = this
    const follows = text.charCodeAt(end)
    const needed = end >= text.length || follows === SEMICOLON || follows === OPEN || mark === '#' ? 0 : 1
    if (!tooLong(text, from, end, PARAMETER_LIMIT - needed)) return
    if (end + needed >= text.length) return
    const quoted = (mark === '"' || mark === "'") && tooLong(text, from, end - 1, PARAMETER_LIMIT)
    const head = text.slice(from, from + 10)
    this.#report(
      'too-long',
      quoted
        ? `too long parameter, probably missing terminating "${mark}" character`
        : `too long parameter "${head}..." started`,
      start,
      end,
      `at most ${PARAMETER_LIMIT - 1} bytes`,
    )
  }

  #report(code: SyntaxProblem['code'], message: string, start: number, end: number, expected: string): void {
    if (this.#swallowed) return
    this.problems.push({ code, message, span: this.span(start, end), expected })
  }

  #token(kind: TokenKind, start: number, end: number, trivia: string, quote?: '"' | "'"): Token {
    this.#at = end
    const raw = this.text.slice(start, end)
    const value =
      kind !== 'word'
        ? raw
        : unescapeWord(
            quote === undefined ? raw : raw.slice(1, raw.length > 1 && raw.endsWith(quote) ? -1 : undefined),
          )
    return { kind, raw, value, quote, trivia, start: this.lines.at(start), end: this.lines.at(end) }
  }
}

/** Whether text[from, end) fills at least `limit` bytes of UTF-8. */
function tooLong(text: string, from: number, end: number, limit: number): boolean {
  if ((end - from) * 3 < limit) return false
  let bytes = 0
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code >= 0xd800 && code < 0xe000 ? 2 : 3
    if (bytes >= limit) return true
  }
  return false
}

const ESCAPES: Record<string, string> = { '"': '"', "'": "'", '\\': '\\', t: '\t', r: '\r', n: '\n' }

/** What nginx makes of the backslashes in a word; an escape it does not know stays as it is. */
export function unescapeWord(raw: string): string {
  if (!raw.includes('\\')) return raw
  return raw.replace(/\\(["'\\trn])/g, (_, char: string) => ESCAPES[char] as string)
}
