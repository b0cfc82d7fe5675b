// The tree of an nginx configuration: what the parser makes, the printer prints, the rules read. Types only.
// Lossless: concatenating every `raw` and `trivia` in order gives back the text, whatever the text was.

/** Offsets count UTF-16 units of the decoded text; line and column count from 1. */
export type Position = { offset: number; line: number; column: number }
export type Span = { start: Position; end: Position }

/** One word of a directive. `raw` is what stands in the file; `value` is what nginx sees. */
export type Word = {
  raw: string
  value: string
  quote: '"' | "'" | undefined
  span: Span
  /** White space and comments before this word (and, in a broken file, what could not be read). */
  trivia: string
}

/** A comment between directives. `text` begins with `#` and has no line end. */
export type Comment = { kind: 'comment'; text: string; span: Span; trivia: string }

export type Directive = {
  kind: 'directive'
  /** Empty (`raw` is '') only where a `{` stood without a name. */
  name: Word
  args: Word[]
  /** undefined: ended by `;`. */
  block: Block | undefined
  /** White space and comments before `;` or `{`. */
  endTrivia: string
  /** `;`, `{`, or '' where it is missing (recovered). */
  terminator: ';' | '{' | ''
  /** Where the terminator stands: the line nginx names for whatever is wrong with this directive. */
  stop: Position
  span: Span
  /** The directive whose block holds this one; across an `include`, the block around the include. */
  parent: Directive | undefined
  /** File this directive was read from. */
  file: string
  /** For `include`: the files it brought in, in order. */
  included?: ConfFile[]
}

export type Block = {
  children: Node[]
  /** Raw text of a `*_by_lua_block`; children is then empty. */
  rawBody?: string
  /** White space before the closing brace. */
  endTrivia: string
  closed: boolean
  /** Where `}` stands, or where the text ended without it: the line nginx names for the block as a whole. */
  end: Position
}

export type Node = Directive | Comment

/** One file, parsed. `problems` is empty when nginx's own tokenizer would accept the text. */
export type ConfFile = {
  path: string
  text: string
  children: Node[]
  endTrivia: string
  problems: SyntaxProblem[]
  end: Position
}

export type SyntaxCode =
  | 'bom'
  | 'too-long'
  | 'unclosed-quote'
  | 'unexpected'
  | 'unexpected-end'
  | 'unclosed-block'
  | 'nested-too-deep'

/** What nginx's tokenizer refuses. `message` is nginx's own wording, `expected` says what should stand there. */
export type SyntaxProblem = {
  code: SyntaxCode
  message: string
  span: Span
  expected?: string
  /** What helps to find the cause: where the block or the quote began. */
  related?: { message: string; span: Span }[]
}
