// Follows `include` through a reader it is given: the only door from this folder to files, and it opens none itself.
// Paths are resolved against the main file's folder, as nginx does. Says what is missing, circular or too much.
import { expandGlob, isGlob, type ListFolder } from './glob.ts'
import type { ConfFile, Directive, Node, Span } from './node.ts'
import { parse } from './parse.ts'
import { decodeSource } from './source.ts'

/** How many files one configuration may bring in, repetitions counted: nginx has no limit and dies of an include bomb. */
export const INCLUDE_LIMIT = 10_000
/** Files inside files inside files. */
export const INCLUDE_DEPTH_LIMIT = 64

export type Reader = {
  /** The file's bytes or text. Throws, or gives undefined, when it cannot be read. */
  read: (path: string) => Uint8Array | string | undefined
  /** The names in a folder. */
  list: ListFolder
}

export type IncludeProblem = {
  code: 'include-missing' | 'include-cycle' | 'include-limit'
  /** nginx's own wording where it has one. */
  message: string
  file: string
  span: Span
  /** The path that was meant. */
  path: string
}

export type Conf = {
  /** The main file; everything else hangs on its includes. */
  main: ConfFile
  /** Every file once per inclusion, in reading order, the main file first. */
  files: ConfFile[]
  includeProblems: IncludeProblem[]
}

export type LoadOptions = {
  /** Folder relative includes start from; the main file's own when not given. */
  prefix?: string
  /** false: leave includes alone. */
  follow?: boolean
}

/** Reads and parses a configuration and all it includes. undefined when the main file cannot be read. */
export function loadConf(path: string, reader: Reader, options: LoadOptions = {}): Conf | undefined {
  const text = readText(reader, path)
  return text === undefined ? undefined : loadConfText(text, path, reader, options)
}

/** The same for a main file whose text is at hand (stdin, a generated file). */
export function loadConfText(text: string, path: string, reader: Reader, options: LoadOptions = {}): Conf {
  const main = parse(text, { path })
  const conf: Conf = { main, files: [main], includeProblems: [] }
  if (options.follow !== false) {
    new Includer(conf, reader, options.prefix ?? folderOf(path)).follow(main, [path])
  }
  return conf
}

class Includer {
  readonly #conf: Conf
  readonly #reader: Reader
  readonly #prefix: string
  #stopped = false
  readonly #texts = new Map<string, string | undefined>()

  constructor(conf: Conf, reader: Reader, prefix: string) {
    this.#conf = conf
    this.#reader = reader
    this.#prefix = prefix
  }

  follow(file: ConfFile, trail: string[]): void {
    for (const directive of includesOf(file.children, [])) {
      if (this.#stopped) return
      this.#include(directive, directive.args[0]?.value as string, trail)
    }
  }

  #include(directive: Directive, pattern: string, trail: string[]): void {
    const path = resolvePath(this.#prefix, pattern)
    directive.included = []
    const paths = isGlob(path) ? expandGlob(path, this.#reader.list) : [path]
    for (const one of paths) {
      if (trail.includes(one)) {
        this.#problem('include-cycle', `"${one}" includes itself${loopOf(trail, one)}`, directive, one)
        continue
      }
      const text = this.#read(one)
      if (text === undefined) {
        this.#problem(
          'include-missing',
          `open() "${one}" failed (2: No such file or directory)`,
          directive,
          one,
        )
        continue
      }
      if (this.#conf.files.length >= INCLUDE_LIMIT || trail.length >= INCLUDE_DEPTH_LIMIT) {
        this.#stopped = this.#conf.files.length >= INCLUDE_LIMIT
        const message = this.#stopped
          ? `more than ${INCLUDE_LIMIT} files are included`
          : `includes are nested more than ${INCLUDE_DEPTH_LIMIT} deep`
        this.#problem('include-limit', message, directive, one)
        return
      }
      const file = parse(text, { path: one, parent: directive.parent })
      this.#conf.files.push(file)
      directive.included.push(file)
      this.follow(file, [...trail, one])
      if (this.#stopped) return
    }
  }

  #read(path: string): string | undefined {
    if (!this.#texts.has(path)) this.#texts.set(path, readText(this.#reader, path))
    return this.#texts.get(path)
  }

  #problem(code: IncludeProblem['code'], message: string, directive: Directive, path: string): void {
    const { file, span, stop } = directive
    this.#conf.includeProblems.push({ code, message, file, span: { start: span.start, end: stop }, path })
  }
}

/** The includes of a file that has just been read, in order, those inside blocks too. */
function includesOf(nodes: readonly Node[], found: Directive[]): Directive[] {
  for (const node of nodes) {
    if (node.kind !== 'directive') continue
    if (node.block !== undefined) includesOf(node.block.children, found)
    else if (node.name.value === 'include' && node.args.length === 1) found.push(node)
  }
  return found
}

const loopOf = (trail: string[], path: string): string =>
  trail.at(-1) === path ? '' : ` by way of ${trail.slice(trail.indexOf(path) + 1).join(', ')}`

function readText(reader: Reader, path: string): string | undefined {
  let found: Uint8Array | string | undefined
  try {
    found = reader.read(path)
  } catch {
    return undefined
  }
  return found === undefined || typeof found === 'string' ? found : decodeSource(found)
}

export function resolvePath(prefix: string, path: string): string {
  if (path.startsWith('/')) return path
  return prefix === '' || prefix.endsWith('/') ? prefix + path : `${prefix}/${path}`
}

export function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : slash === 0 ? '/' : path.slice(0, slash)
}
