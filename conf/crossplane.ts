// The tree in the shape of crossplane's JSON payload, so that programs which read crossplane's output read ours.
// Structure and error texts are crossplane's; what ends a word is nginx's affair (conf/tokenize.ts).
import {
  ARGS,
  allowedIn,
  type Form,
  isForeign,
  nginxOf,
  PLACES,
  type PlaceName,
  takes,
  VERSIONS,
} from './directives.ts'
import { commentsIn } from './format.ts'
import { expandGlob, isGlob } from './glob.ts'
import { folderOf, type Reader, resolvePath } from './include.ts'
import type { ConfFile, Directive, Node, Word } from './node.ts'
import { parse } from './parse.ts'

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

const CONTEXTS: Record<string, PlaceName> = {
  '': 'main',
  events: 'events',
  mail: 'mail',
  'mail server': 'mail server',
  stream: 'stream',
  'stream server': 'stream server',
  'stream upstream': 'stream upstream',
  http: 'http',
  'http server': 'server',
  'http location': 'location',
  'http upstream': 'upstream',
  'http server if': 'if in server',
  'http location if': 'if in location',
  'http location limit_except': 'limit_except',
}

/** Thrown to leave a file whose braces do not match; nothing of it is kept, as crossplane does. */
class Unbalanced extends Error {}

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
      const conf = parse(text, { path })
      try {
        this.#syntax(file, conf)
        file.parsed = this.#statements(conf.children, context, file)
      } catch (error) {
        if (!(error instanceof Unbalanced)) throw error
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

  #syntax(file: PayloadFile, conf: ConfFile): void {
    for (const { code, message, span, related } of conf.problems) {
      // A directive that lacks its ";" before "}" is told where the directive is.
      if (code === 'unexpected' && related !== undefined) continue
      this.#error(file, `${message} in ${file.file}:${span.start.line}`, span.start.line)
      if (code === 'unclosed-block' || code === 'nested-too-deep' || message === 'unexpected "}"')
        throw new Unbalanced()
    }
  }

  #error(file: PayloadFile, error: string, line: number | null): void {
    file.status = 'failed'
    file.errors.push({ error, line })
    this.#payload.status = 'failed'
    this.#payload.errors.push({ file: file.file, error, line })
  }

  #statements(nodes: readonly Node[], context: string[], file: PayloadFile): Statement[] {
    const made: Statement[] = []
    for (const node of nodes) {
      if (node.kind === 'comment') {
        if (this.#options.comments) made.push(this.#comment(node.text, node.span.start.line, file))
        continue
      }
      this.#statement(node, context, file, made)
    }
    return made
  }

  #statement(node: Directive, context: string[], file: PayloadFile, made: Statement[]): void {
    const line = node.name.span.start.line
    const statement = this.#start(argument(node.name), line, file)
    statement.args = node.args.map(argument)
    const lua = node.block?.rawBody
    if (lua !== undefined) statement.args.push(lua)
    if (this.#options.ignore?.includes(statement.directive)) return
    if (statement.directive === 'if') takeParentheses(statement.args)
    const terminator = lua === undefined ? node.terminator : ';'
    const reason =
      lua === undefined ? analyze(statement, terminator, context, this.#options.strict === true) : undefined
    if (reason !== undefined) {
      this.#error(file, `${reason} in ${file.file}:${line}`, line)
      return
    }
    if (statement.directive === 'include' && this.#options.single !== true)
      this.#include(statement, context, file)
    if (node.block !== undefined && lua === undefined) {
      const inner = context[0] === 'http' && statement.directive === 'location' ? ['http'] : context
      statement.block = this.#statements(node.block.children, [...inner, statement.directive], file)
    }
    made.push(statement)
    if (!this.#options.comments) return
    for (const trivia of [...node.args.map((arg) => arg.trivia), node.endTrivia]) {
      for (const { text } of commentsIn(trivia)) made.push(this.#comment(text, line, file))
    }
  }

  #start(directive: string, line: number, file: PayloadFile): Statement {
    const named = this.#options.combine === true ? { file: file.file } : {}
    return { ...named, directive, line, args: [] }
  }

  #comment(text: string, line: number, file: PayloadFile): Statement {
    return { ...this.#start('#', line, file), comment: text.slice(1) }
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

/** Quotes come off and a quote that was escaped inside them loses its backslash; all else stays as written. */
function argument(word: Word): string {
  if (word.quote === undefined) return word.raw
  const inside = word.raw.slice(1, word.raw.length > 1 && word.raw.endsWith(word.quote) ? -1 : undefined)
  const { quote } = word
  return inside.replace(/\\[\s\S]/g, (pair) => (pair[1] === quote ? quote : pair))
}

function takeParentheses(args: string[]): void {
  const last = args.length - 1
  if (last < 0 || !args[0]!.startsWith('(') || !args[last]!.endsWith(')')) return
  args[0] = args[0]!.slice(1).trimStart()
  args[last] = args[last]!.slice(0, -1).trimEnd()
  if (args.length > 0 && args.at(-1) === '') args.pop()
  if (args.length > 0 && args[0] === '') args.shift()
}

let known: Map<string, Form[]> | undefined

function formsOf(name: string): readonly Form[] {
  if (known === undefined) {
    known = new Map()
    for (const version of VERSIONS) {
      for (const [directive, forms] of nginxOf(version).directives) {
        known.set(directive, [...(known.get(directive) ?? []), ...forms])
      }
    }
  }
  return known.get(name) ?? []
}

/** What crossplane finds wrong with one statement: unknown, misplaced, or with the wrong arguments. */
function analyze(
  statement: Statement,
  terminator: string,
  context: string[],
  strict: boolean,
): string | undefined {
  const { directive, args } = statement
  const forms = formsOf(directive)
  if (forms.length === 0)
    return strict && !isForeign(directive) ? `unknown directive "${directive}"` : undefined
  const place = CONTEXTS[context.join(' ')]
  if (place === undefined) return undefined
  const here = forms.filter((form) => allowedIn(form, PLACES[place]))
  if (here.length === 0)
    return isForeign(directive) ? undefined : `"${directive}" directive is not allowed here`
  let reason = ''
  for (const form of here.toReversed()) {
    const found = misuse(form, args, terminator)
    if (found === undefined) return undefined
    reason = found
  }
  return reason
}

function misuse(form: Form, args: string[], terminator: string): string | undefined {
  const block = (form.mask & ARGS.block) !== 0
  if (block && terminator !== '{') return `directive "${form.name}" has no opening "{"`
  if (!block && terminator !== ';') return `directive "${form.name}" is not terminated by ";"`
  if ((form.mask & ARGS.flag) !== 0 && args.length === 1) {
    if (/^(?:on|off)$/i.test(args[0] as string)) return undefined
    return `invalid value "${args[0]}" in "${form.name}" directive, it must be "on" or "off"`
  }
  return takes(form, args.length) ? undefined : `invalid number of arguments in "${form.name}" directive`
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
