// The tree in the shape of crossplane's JSON payload, so that programs which read crossplane's output read ours.
// Statements, errors and what is left out after one are crossplane's.
import { analyze } from './crossplane-analyze.ts'
import { Broken, isMark, type Piece, Pieces } from './crossplane-pieces.ts'
import { expandGlob, isGlob } from './glob.ts'
import { folderOf, type Reader, resolvePath } from './include.ts'
import { NESTING_LIMIT } from './parse.ts'

export type Statement = {
  directive: string
  line: number
  args: string[]
  file?: string
  includes?: number[]
  block?: Statement[]
  comment?: string
}
export type PayloadError = { error: string; line: number | null }
export type PayloadFile = {
  file: string
  status: 'ok' | 'failed'
  errors: PayloadError[]
  parsed: Statement[]
}
export type Payload = {
  status: 'ok' | 'failed'
  errors: ({ file: string } & PayloadError)[]
  config: PayloadFile[]
}

export type PayloadOptions = {
  /** One config with the included statements in place, each naming its file. */
  combine?: boolean
  comments?: boolean
  /** Leave includes alone. */
  single?: boolean
  /** Unknown directives are errors. */
  strict?: boolean
  /** Directives to leave out. */
  ignore?: readonly string[]
}

export function crossplanePayload(path: string, reader: Reader, options: PayloadOptions = {}): Payload {
  return new Builder(path, reader, options).build()
}

class Builder {
  readonly #reader: Reader
  readonly #options: PayloadOptions
  readonly #prefix: string
  readonly #queue: { path: string; context: string[] }[]
  readonly #index = new Map<string, number>()
  readonly #payload: Payload = { status: 'ok', errors: [], config: [] }

  constructor(path: string, reader: Reader, options: PayloadOptions) {
    this.#reader = reader
    this.#options = options
    this.#prefix = folderOf(path)
    this.#queue = [{ path, context: [] }]
    this.#index.set(path, 0)
  }

  build(): Payload {
    for (const { path, context } of this.#queue) {
      const file: PayloadFile = { file: path, status: 'ok', errors: [], parsed: [] }
      this.#payload.config.push(file)
      const text = this.#read(path)
      if (typeof text !== 'string') {
        this.#error(file, text.error, null)
        continue
      }
      try {
        file.parsed = this.#block(new Pieces(text), context, file, 0)
      } catch (error) {
        if (!(error instanceof Broken)) throw error
        this.#error(file, `${error.message} in ${path}:${error.line}`, error.line)
      }
    }
    return this.#options.combine === true ? combined(this.#payload) : this.#payload
  }

  /** crossplane reads with replacement characters and universal line ends. */
  #read(path: string): string | { error: string } {
    let found: Uint8Array | string | undefined
    let reason = `[Errno 2] No such file or directory: '${path}'`
    try {
      found = this.#reader.read(path)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === 'EACCES') reason = `[Errno 13] Permission denied: '${path}'`
      else if (code === 'EISDIR') reason = `[Errno 21] Is a directory: '${path}'`
    }
    if (found === undefined) return { error: reason }
    const text =
      typeof found === 'string' ? found : new TextDecoder('utf-8', { ignoreBOM: true }).decode(found)
    return text.replace(/\r\n?/g, '\n')
  }

  #error(file: PayloadFile, error: string, line: number | null): void {
    file.status = 'failed'
    file.errors.push({ error, line })
    this.#payload.status = 'failed'
    this.#payload.errors.push({ file: file.file, error, line })
  }

  /** Statements up to the `}` that ends them; a wrong one is left out and its block read on as if it were not there. */
  #block(pieces: Pieces, context: string[], file: PayloadFile, depth: number): Statement[] {
    const made: Statement[] = []
    for (;;) {
      const piece = pieces.next()
      if (piece === undefined || isMark(piece, '}')) return made
      if (piece.comment) {
        if (this.#options.comments === true) {
          const comment = this.#start('#', piece.line, file)
          made.push({ ...comment, comment: piece.text.slice(1) })
        }
        continue
      }
      if (depth >= NESTING_LIMIT)
        throw new Broken(`blocks are nested more than ${NESTING_LIMIT} deep`, piece.line)
      if (this.#statement(piece, pieces, context, file, made, depth) === 'leave') return made
    }
  }

  #statement(
    first: Piece,
    pieces: Pieces,
    context: string[],
    file: PayloadFile,
    made: Statement[],
    depth: number,
  ): 'leave' | undefined {
    const { line } = first
    const statement = this.#start(first.text, line, file)
    const { args } = statement
    const comments: string[] = []
    let piece = pieces.inStatement()
    for (; !isMark(piece, ';', '{', '}'); piece = pieces.inStatement()) {
      if (piece.comment) comments.push(piece.text.slice(1))
      else args.push(piece.text)
    }
    const opens = isMark(piece, '{')
    if (this.#options.ignore?.includes(statement.directive)) {
      if (opens) pieces.skipBlock()
      return undefined
    }
    if (statement.directive === 'if') takeParentheses(args)
    const reason = analyze(statement, piece.text, context, this.#options.strict === true)
    if (reason !== undefined) {
      this.#error(file, `${reason} in ${file.file}:${line}`, line)
      if (!reason.endsWith(' is not terminated by ";"')) return undefined
      if (!opens) return 'leave'
      pieces.skipBlock()
      return undefined
    }
    if (statement.directive === 'include' && this.#options.single !== true)
      this.#include(statement, context, file)
    if (opens) {
      const inner = context[0] === 'http' && statement.directive === 'location' ? ['http'] : context
      statement.block = this.#block(pieces, [...inner, statement.directive], file, depth + 1)
    }
    made.push(statement)
    if (this.#options.comments !== true) return undefined
    for (const comment of comments) made.push({ directive: '#', line, args: [], comment })
    return undefined
  }

  #start(directive: string, line: number, file: PayloadFile): Statement {
    const named = this.#options.combine === true ? { file: file.file } : {}
    return { ...named, directive, line, args: [] }
  }

  #include(statement: Statement, context: string[], file: PayloadFile): void {
    const path = resolvePath(this.#prefix, statement.args[0] ?? '')
    let paths: string[] = []
    if (isGlob(path)) paths = expandGlob(path, this.#reader.list)
    else {
      const text = this.#read(path)
      if (typeof text === 'string') paths = [path]
      else this.#error(file, text.error, statement.line)
    }
    statement.includes = paths.map((one) => {
      const known = this.#index.get(one)
      if (known !== undefined) return known
      this.#index.set(one, this.#queue.length)
      return this.#queue.push({ path: one, context }) - 1
    })
  }
}

function takeParentheses(args: string[]): void {
  const last = args.length - 1
  if (last < 0 || !args[0]!.startsWith('(') || !args[last]!.endsWith(')')) return
  args[0] = args[0]!.slice(1).trimStart()
  args[last] = args[last]!.slice(0, -1).trimEnd()
  if (args.length > 0 && args.at(-1) === '') args.pop()
  if (args.length > 0 && args[0] === '') args.shift()
}

/** One config: statements of included files stand where their include stood. */
function combined(payload: Payload): Payload {
  const { config } = payload
  const expand = (statements: Statement[], trail: number[]): Statement[] =>
    statements.flatMap((statement) => {
      if (statement.block !== undefined) statement.block = expand(statement.block, trail)
      if (statement.includes === undefined) return [statement]
      return statement.includes
        .filter((index) => !trail.includes(index))
        .flatMap((index) => expand(structuredClone(config[index]!.parsed), [...trail, index]))
    })
  const first = config[0] as PayloadFile
  const one: PayloadFile = {
    file: first.file,
    status: config.some(({ status }) => status === 'failed') ? 'failed' : 'ok',
    errors: config.flatMap(({ errors }) => errors),
    parsed: expand(first.parsed, [0]),
  }
  return { status: payload.status, errors: payload.errors, config: [one] }
}
