// Where the check stands while it walks: the block, what has been set in it, and what the whole configuration has named.

import type { Nginx } from '../directives.ts'
import type { Place } from '../form.ts'
import type { Directive, Span } from '../node.ts'
import type { HostKeys } from './handlers/host-keys.ts'
import { type Problem, type ProblemCode, problemAt, problemAtEnd } from './problem.ts'

export type LocationName = {
  name: string
  exact: boolean
  named: boolean
  regex: boolean
  /** `location $variable`, of nginx 1.31.5 and newer. */
  predicate?: boolean
}

/** One block. */
export class Level {
  readonly kind: string
  readonly place: Place
  readonly owner: Directive | undefined
  readonly parent: Level | undefined
  /** First directive of each name in this block. */
  readonly seen = new Map<string, Directive>()
  /** The last one: what is in force. */
  readonly last = new Map<string, Directive>()
  location: LocationName | undefined
  /** How many directives of each name. */
  readonly counts = new Map<string, number>()
  readonly #lists = new Map<string, Directive[]>()
  /** The last `listen` of this server that speaks TLS. */
  secureListen: Directive | undefined
  /** Ports a mail server listens on. */
  readonly ports: number[] = []
  /** Servers of an upstream{}, and those of them that are not spare. */
  members = 0
  primaries = 0
  /** One of them is a name looked up at run time. */
  resolves = false
  /** An include of this block could not be read. */
  incomplete = false
  /** Hosts of valid_referers. */
  referers: HostKeys | undefined
  /** Exact and prefix locations of this block. */
  readonly locations = new Set<string>()

  constructor(kind: string, place: Place, owner: Directive | undefined, parent: Level | undefined) {
    this.kind = kind
    this.place = place
    this.owner = owner
    this.parent = parent
  }

  /** Notes a directive that stands here. */
  note(directive: Directive): void {
    const name = directive.name.value
    if (!this.seen.has(name)) this.seen.set(name, directive)
    this.last.set(name, directive)
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
    if (name === 'server_name' || name === 'valid_referers')
      this.#lists.set(name, [...this.every(name), directive])
  }

  /** All server_name or valid_referers directives of this block. */
  every(name: string): readonly Directive[] {
    return this.#lists.get(name) ?? []
  }

  /** The directive in force here, from this block or one around it. */
  inherited(name: string): Directive | undefined {
    for (let level: Level | undefined = this; level !== undefined; level = level.parent) {
      const found = level.last.get(name)
      if (found !== undefined) return found
    }
    return undefined
  }
}

export type Zone = {
  module: string
  size: number | undefined
  directive: Directive
  use: string
  made: boolean
}
export type VariableUse = { name: string; file: string; span: Span }
export type Upstream = { directive: Directive; made: boolean; noPort: boolean; port: number; name: string }

/** What an http{} or stream{} block has named so far. */
export class Family {
  readonly type: 'HTTP' | 'STRM'
  readonly directive: Directive | undefined
  readonly defined = new Set<string>()
  readonly uses: VariableUse[] = []
  readonly formats = new Set<string>()
  readonly formatNames = new Set<string>()
  readonly upstreams = new Map<string, Upstream[]>()
  /** Run when the block is complete, as nginx merges its configurations. */
  readonly atEnd: (() => void)[] = []
  readonly listens = new Map<string, Socket>()
  hasServers = false
  /** Pairs of charsets a charset_map leads between, in order of name. */
  readonly charsetMaps = new Set<string>()

  constructor(type: 'HTTP' | 'STRM', directive: Directive | undefined) {
    if (type === 'HTTP') this.formatNames.add('combined')
    this.type = type
    this.directive = directive
  }

  /** Refused when the block is complete: nginx names the line of its closing brace. `cause` is where it comes from. */
  fails(world: World, message: string, cause: Directive, code: ProblemCode): void {
    if (world.problems.some((problem) => problem.message === message)) return
    const { line } = cause.name.span.start
    const hint = `"${cause.name.value}" at line ${line}${cause.file === this.directive?.file ? '' : ` of ${cause.file}`}`
    world.problems.push(
      this.directive === undefined
        ? problemAt(cause, message, undefined, code, 'error')
        : problemAtEnd(this.directive, message, code, hint),
    )
  }
}

/** One address and port, and the servers that listen there. */
export type Socket = {
  servers: Level[]
  set: boolean
  leader: Level | undefined
  secure: 'ssl' | 'quic' | undefined
}

/** The whole configuration. */
export class World {
  readonly nginx: Nginx
  /** The version the configuration is for, as a number: 22 for 1.22. */
  readonly minor: number
  /** Whether all of the configuration is in view, so that what is not defined is an error. */
  readonly whole: boolean
  readonly problems: Problem[] = []
  /** How often the name that was meant has been looked for. */
  suggestions = 0
  readonly mailServers: Level[] = []
  readonly zones = new Map<string, Zone>()
  /** Folders of caches and of temporary files; `levels` of the latter. */
  readonly paths = new Map<string, { directive: Directive; levels: string | undefined }>()
  /** Buffered logs, and how they are buffered. */
  readonly bufferedLogs = new Map<string, string>()
  readonly threadPools = new Set<string>()
  readonly mailListens = new Set<string>()
  readonly atEnd: (() => void)[] = []
  /** A module nobody here knows is in use: it may define variables and zones of its own. */
  foreign = false
  modulesUsed = false
  /** Every directive name met so far. */
  readonly met = new Set<string>()
  http: Family | undefined
  stream: Family | undefined

  /** What `ask` finds is found when nginx has read up to there. */
  late(file: string, offset: number, ask: () => void): void {
    const from = this.problems.length
    ask()
    for (const problem of this.problems.slice(from)) problem.found = { file, offset }
  }

  constructor(nginx: Nginx, minor: number, whole: boolean) {
    this.nginx = nginx
    this.minor = minor
    this.whole = whole
  }
}
