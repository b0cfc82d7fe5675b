// The tree of an nginx configuration: what the parser makes, the printer prints, the rules read. Types only.
// Lossless: concatenating every `raw` and `trivia` in order gives back the text byte for byte.

/** Offsets count UTF-16 units of the decoded text; line and column count from 1. */
export type Position = { offset: number; line: number; column: number }
export type Span = { start: Position; end: Position }

/** One word of a directive. `raw` is what stands in the file; `value` is what nginx sees. */
export type Word = {
  raw: string
  value: string
  quote: '"' | "'" | undefined
  span: Span
  /** White space and comments before this word. */
  trivia: string
}

export type Comment = { kind: 'comment'; text: string; span: Span; trivia: string }

export type Directive = {
  kind: 'directive'
  name: Word
  args: Word[]
  /** undefined: ended by `;`. */
  block: Block | undefined
  /** White space and comments before `;` or `{`. */
  endTrivia: string
  /** `;`, `{`, or '' where it is missing (recovered). */
  terminator: ';' | '{' | ''
  span: Span
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
}

export type Node = Directive | Comment

/** One file, parsed. `problems` is empty when nginx's own tokenizer would accept the text. */
export type ConfFile = {
  path: string
  text: string
  children: Node[]
  endTrivia: string
  problems: SyntaxProblem[]
}

export type SyntaxProblem = { code: string; message: string; span: Span; expected?: string }
