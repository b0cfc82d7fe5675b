// A site in the making: what is known, and the http-level parts that locations turn out to need. Each part has a name
// and is there once, however often it is asked for.

import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import { type Expr, expr, type Value } from '../arg.ts'
import type { Line, MapBlock, Section, Upstream } from '../site.ts'
import type { Facts, Made } from './facts.ts'
import type { Names } from './names.ts'

/** Asking twice for the same is fine; two different things of one name are not: `a-b` and `a_b` become one. */
function once<T extends { lines: readonly unknown[] }>(all: Map<string, T>, name: string, part: T): void {
  const there = all.get(name)
  if (there === undefined) {
    all.set(name, part)
  } else if (there.lines.length !== part.lines.length || (small(part) && differ(there, part))) {
    throw new PosternError('GENERATE_REFUSED', {
      key: name,
      reason: 'two different things would have this name in nginx, where - and _ are one: rename one of them',
    })
  }
}

const small = ({ lines }: { lines: readonly unknown[] }): boolean => lines.length < 100
const differ = (one: unknown, other: unknown): boolean => JSON.stringify(one) !== JSON.stringify(other)

export class Draft {
  readonly config: SiteConfig
  readonly facts: Facts
  readonly names: Names
  readonly made: Made
  readonly maps = new Map<string, MapBlock>()
  readonly shared = new Map<string, Section>()
  readonly upstreams = new Map<string, Upstream>()
  /** A place asked for the log of files. */
  hasFileLog = false
  /** Folders nginx needs before it starts. */
  readonly folders = new Set<string>()

  /** For a whole nginx of its own; else for one that has logs and users already. */
  readonly whole: boolean

  constructor(config: SiteConfig, facts: Facts, names: Names, made: Made, whole: boolean) {
    this.whole = whole
    this.config = config
    this.facts = facts
    this.names = names
    this.made = made
  }

  /** A variable of this site, without its dollar. */
  own(name: string): string {
    return `${this.names.prefix}${name.replaceAll('-', '_')}`
  }

  /** Defines `$<prefix><name>` by a map and says how to read it. */
  map(name: string, why: string, source: string, lines: [key: Value, value: Value][]): Expr {
    return this.mapping(name, { why, kind: 'map', source: expr(source), volatile: false, lines })
  }

  /** The same, looked up again after a rewrite. */
  volatileMap(name: string, why: string, source: string, lines: [key: Value, value: Value][]): Expr {
    return this.mapping(name, { why, kind: 'map', source: expr(source), volatile: true, lines })
  }

  /** The same by addresses. */
  geo(name: string, why: string, source: string, lines: [key: Value, value: Value][]): Expr {
    return this.mapping(name, { why, kind: 'geo', source: expr(source), volatile: false, lines })
  }

  private mapping(
    name: string,
    block: Omit<MapBlock, 'variable' | 'lines'> & { lines: [Value, Value][] },
  ): Expr {
    const variable = this.own(name)
    const lines = block.lines.map(([key, value]) => ({ key, value }))
    once(this.maps, variable, { ...block, variable, lines })
    return expr(`$${variable}`)
  }

  /** Something at http level that is neither map nor upstream: a zone, a cache. */
  share(name: string, why: string, ...lines: Line[]): void {
    once(this.shared, name, { why, lines })
  }

  upstream(upstream: Upstream): string {
    once(this.upstreams, upstream.name, upstream)
    return upstream.name
  }
}
