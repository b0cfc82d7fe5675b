// A file as crossplane's reader takes it: words and marks, comments among them, braces counted, Lua in one piece.
// What ends a word is nginx's affair (conf/tokenize.ts).
import { isLuaBlock } from './lua.ts'
import { type Token, Tokenizer } from './tokenize.ts'

/** Leaves a file at a fault of its braces; nothing of it is kept, as crossplane does. */
export class Broken extends Error {
  readonly line: number

  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

export type Piece = { text: string; line: number; quoted: boolean; comment: boolean }

export const isMark = ({ text, quoted }: Piece, ...marks: string[]): boolean =>
  !quoted && marks.includes(text)

/** The words and marks of a file, its braces counted; the body of a Lua block is one quoted word and a `;`. */
export class Pieces {
  readonly #tokens: Tokenizer
  #depth = 0
  #line = 1
  /** The name of the statement being read; undefined before it. */
  #name: string | undefined
  #ahead: Piece[] = []

  constructor(text: string) {
    this.#tokens = new Tokenizer(text)
  }

  next(): Piece | undefined {
    const waiting = this.#ahead.shift()
    if (waiting !== undefined) return waiting
    const token = this.#tokens.next()
    const line = token.start.line
    const fault = this.#tokens.problems.find(({ code }) => code !== 'unexpected')
    if (fault !== undefined) {
      // crossplane does not see the quote, only that the file ends too soon.
      if (fault.code === 'unclosed-quote' && this.#depth > 0) this.#endsInBlock()
      throw new Broken(fault.message, fault.span.start.line)
    }
    if (token.kind === 'end') {
      if (this.#depth > 0) this.#endsInBlock()
      return undefined
    }
    this.#line = line
    if (token.kind === '{' && this.#name !== undefined && isLuaBlock(this.#name)) return this.#lua(line)
    if (token.kind === '{') this.#depth++
    if (token.kind === '}' && --this.#depth < 0) throw new Broken('unexpected "}"', line)
    if (token.kind === 'word') this.#name ??= argument(token)
    else if (token.kind !== 'comment') this.#name = undefined
    const text = token.kind === 'word' ? argument(token) : token.raw
    return { text, line, quoted: token.quote !== undefined, comment: token.kind === 'comment' }
  }

  /** On the line of the last word or mark, where nginx says the last line of the file. */
  #endsInBlock(): never {
    throw new Broken('unexpected end of file, expecting "}"', this.#line)
  }

  /** The next piece where the statement is not over. */
  inStatement(): Piece {
    const piece = this.next()
    if (piece !== undefined) return piece
    throw new Broken('unexpected end of file, expecting ";" or "}"', this.#tokens.next().start.line)
  }

  /** Goes behind the `}` of a block whose `{` has been read. */
  skipBlock(): void {
    for (let open = 1; open > 0; ) {
      const piece = this.next()
      if (piece === undefined) return
      if (isMark(piece, '{')) open++
      else if (isMark(piece, '}')) open--
    }
  }

  #lua(line: number): Piece {
    const text = this.#tokens.luaBody()
    const close = this.#tokens.next()
    if (close.kind === 'end') throw new Broken('unexpected end of file, expecting "}"', line)
    this.#name = undefined
    this.#ahead.push({ text: ';', line: close.start.line, quoted: false, comment: false })
    return { text, line: close.start.line, quoted: true, comment: false }
  }
}

/** Quotes come off and a quote that was escaped inside them loses its backslash; all else stays as written. */
function argument({ raw, quote }: Token): string {
  if (quote === undefined) return raw
  return raw.slice(1, -1).replace(/\\[\s\S]/g, (pair) => (pair[1] === quote ? quote : pair))
}
