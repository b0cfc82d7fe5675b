// Tokens → tree, by the rules of nginx's ngx_conf_parse; goes on after a fault and reports the next. Reads no files.
// Contract: printing the tree gives the text back, whatever the text was, and problems come in the order of the file.
import { isLuaBlock } from './lua.ts'
import type { Block, Comment, ConfFile, Directive, Node, Position, SyntaxProblem, Word } from './node.ts'
import { type Token, Tokenizer } from './tokenize.ts'

/** Deeper blocks are not read: nginx would recurse, and no configuration that works comes near. */
export const NESTING_LIMIT = 256

type ParseOptions = {
  /** The name shown in problems and kept on every directive. */
  path?: string
  /** The directive around this text, when it is included from inside a block. */
  parent?: Directive | undefined
}

export function parse(text: string, options: ParseOptions = {}): ConfFile {
  return new Parser(text, options).parse()
}

type Frame = { owner: Directive; block: Block; brace: Position }

class Parser {
  readonly #tokens: Tokenizer
  readonly #text: string
  readonly #path: string
  readonly #outer: Directive | undefined
  readonly #top: Node[] = []
  readonly #stack: Frame[] = []
  /** White space and unreadable pieces that belong in front of whatever comes next. */
  #pending = ''

  constructor(text: string, options: ParseOptions) {
    this.#text = text
    this.#tokens = new Tokenizer(text)
    this.#path = options.path ?? '-'
    this.#outer = options.parent
  }

  parse(): ConfFile {
    let endTrivia = ''
    let end: Position
    for (;;) {
      const token = this.#tokens.next()
      if (token.kind === 'end') {
        endTrivia = this.#take(token)
        end = token.end
        break
      }
      if (token.kind === 'comment') this.#children().push(this.#comment(token))
      else if (token.kind === '}') this.#close(token)
      else if (token.kind === ';') this.#stray(token)
      else if (this.#stack.length >= NESTING_LIMIT) {
        const message = `blocks are nested more than ${NESTING_LIMIT} deep`
        this.#problem({ code: 'nested-too-deep', message, span: { start: token.start, end: token.end } })
        endTrivia = this.#take(token) + token.raw + this.#tokens.rest()
        end = this.#tokens.lines.at(this.#text.length)
        break
      } else this.#directive(token)
    }
    this.#unclosed(end, endTrivia)
    if (this.#stack.length > 0) endTrivia = ''
    return {
      path: this.#path,
      text: this.#text,
      children: this.#top,
      endTrivia,
      problems: this.#tokens.problems.sort((a, b) => a.span.start.offset - b.span.start.offset),
      end,
    }
  }

  #children(): Node[] {
    return this.#stack.at(-1)?.block.children ?? this.#top
  }

  #take(token: Token): string {
    const trivia = this.#pending + token.trivia
    this.#pending = ''
    return trivia
  }

  #comment(token: Token): Comment {
    return {
      kind: 'comment',
      text: token.raw,
      span: { start: token.start, end: token.end },
      trivia: this.#take(token),
    }
  }

  #word(token: Token): Word {
    const { raw, value, quote } = token
    return { raw, value, quote, span: { start: token.start, end: token.end }, trivia: this.#take(token) }
  }

  /** Reads from the directive's name to its `;` or `{`. */
  #directive(first: Token): void {
    const start = first.start
    let name: Word
    let token: Token
    if (first.kind === '{') {
      this.#unexpected(first, 'the name of a directive before "{"')
      name = { raw: '', value: '', quote: undefined, span: { start, end: start }, trivia: this.#take(first) }
      token = { ...first, trivia: '' }
    } else {
      name = this.#word(first)
      token = this.#nextInDirective()
    }
    const args: Word[] = []
    while (token.kind === 'word') {
      args.push(this.#word(token))
      token = this.#nextInDirective()
    }
    const directive: Directive = {
      kind: 'directive',
      name,
      args,
      block: undefined,
      endTrivia: '',
      terminator: '',
      stop: token.start,
      span: { start, end: token.end },
      parent: this.#stack.at(-1)?.owner ?? this.#outer,
      file: this.#path,
    }
    this.#children().push(directive)
    if (token.kind === ';' || token.kind === '{') {
      directive.endTrivia = this.#take(token)
      directive.terminator = token.kind
    } else {
      const last = args.at(-1) ?? name
      directive.span = { start, end: last.span.end }
      if (token.kind === '}') this.#missingSemicolon(directive, last, token)
      else this.#endInDirective(directive, last, token)
    }
    if (token.kind === '{') this.#open(directive, token)
  }

  /** The next token that is not a comment; comments go to what comes after them. */
  #nextInDirective(): Token {
    for (;;) {
      const token = this.#tokens.next()
      if (token.kind !== 'comment') return token
      this.#pending += token.trivia + token.raw
    }
  }

  #open(owner: Directive, brace: Token): void {
    const block: Block = { children: [], endTrivia: '', closed: false, end: brace.end }
    owner.block = block
    this.#stack.push({ owner, block, brace: brace.start })
    if (isLuaBlock(owner.name.value)) {
      block.rawBody = this.#tokens.luaBody()
      block.end = this.#tokens.lines.at(brace.end.offset + block.rawBody.length)
    }
  }

  #close(token: Token): void {
    const frame = this.#stack.pop()
    if (frame === undefined) {
      this.#unexpected(token, 'a directive, or the end of the file: no block is open here')
      this.#pending += token.trivia + token.raw
      return
    }
    frame.block.endTrivia = this.#take(token)
    frame.block.closed = true
    frame.block.end = token.start
    frame.owner.span.end = token.end
  }

  #stray(token: Token): void {
    this.#unexpected(token, 'a directive before ";"')
    this.#pending += token.trivia + token.raw
  }

  #missingSemicolon(directive: Directive, last: Word, close: Token): void {
    const after = last.span.end
    this.#problem({
      code: 'unexpected',
      message: 'unexpected "}"',
      span: { start: close.start, end: close.end },
      expected: `";" after "${directive.name.value}"`,
      related: [{ message: 'a ";" is missing here', span: { start: after, end: after } }],
    })
    this.#close(close)
  }

  #endInDirective(directive: Directive, last: Word, end: Token): void {
    this.#pending += end.trivia
    const after = last.span.end
    this.#problem({
      code: 'unexpected-end',
      message: 'unexpected end of file, expecting ";" or "}"',
      span: { start: end.start, end: end.end },
      expected: `";" after "${directive.name.value}"`,
      related: [{ message: 'a ";" is missing here', span: { start: after, end: after } }],
    })
  }

  #unexpected(token: Token, expected: string): void {
    this.#problem({
      code: 'unexpected',
      message: `unexpected "${token.raw}"`,
      span: { start: token.start, end: token.end },
      expected,
    })
  }

  /** The text ended inside blocks: one problem, naming every block that is still open, the innermost first. */
  #unclosed(end: Position, endTrivia: string): void {
    const innermost = this.#stack.at(-1)
    if (innermost === undefined) return
    innermost.block.endTrivia = endTrivia
    for (const frame of this.#stack) {
      frame.block.end = end
      frame.owner.span.end = end
    }
    const { problems } = this.#tokens
    if (problems.some(({ code }) => code === 'unexpected-end' || code === 'nested-too-deep')) return
    this.#problem({
      code: 'unclosed-block',
      message: 'unexpected end of file, expecting "}"',
      span: { start: end, end },
      expected: `"}" for ${this.#stack.length === 1 ? 'the block' : `${this.#stack.length} blocks`} still open`,
      related: this.#stack
        .map(({ owner, brace }) => ({
          message: `"${owner.name.value}" is opened here and never closed`,
          span: {
            start: owner.span.start,
            end: { ...brace, offset: brace.offset + 1, column: brace.column + 1 },
          },
        }))
        .reverse(),
    })
  }

  /** Behind a quote that never closes nginx sees nothing but its text. */
  #problem(problem: SyntaxProblem): void {
    if (this.#tokens.problems.some(({ code }) => code === 'unclosed-quote')) return
    this.#tokens.problems.push(problem)
  }
}
