// Moves about in a tree: into blocks, through includes, up to parents. Knows which blocks hold entries instead of directives.
import type { ConfFile, Directive, Node } from './node.ts'

/** Blocks whose children are data (`key value;`), read by the module itself and not by nginx's directive tables. */
const ENTRY_BLOCKS = new Set([
  'map',
  'geo',
  'types',
  'split_clients',
  'charset_map',
  'geoip2',
  'match',
  'otel_exporter',
])

export const holdsEntries = (name: string): boolean => ENTRY_BLOCKS.has(name)

/** Whether this is a `key value;` of a map, geo, types … and not a directive. */
export const isEntry = (directive: Directive): boolean =>
  directive.parent !== undefined && holdsEntries(directive.parent.name.value)

/** Directives of a list, in order, those of included files in the place of their `include`. The includes come too. */
export function* directivesIn(nodes: readonly Node[]): Generator<Directive> {
  for (const node of nodes) {
    if (node.kind !== 'directive') continue
    yield node
    if (node.included === undefined) continue
    for (const file of node.included) yield* directivesIn(file.children)
  }
}

/** Directives directly inside a block or file, through includes. */
export function childrenOf(owner: Directive | ConfFile): Generator<Directive> {
  if ('children' in owner) return directivesIn(owner.children)
  return directivesIn(owner.block?.children ?? [])
}

/** Every directive below, parents before children, through includes; entries of maps and the like too. */
export function* walk(owner: Directive | ConfFile): Generator<Directive> {
  for (const child of childrenOf(owner)) {
    yield child
    if (child.block !== undefined) yield* walk(child)
  }
}

/** The blocks around a directive, the innermost first. */
export function* parentsOf(directive: Directive): Generator<Directive> {
  for (let at = directive.parent; at !== undefined; at = at.parent) yield at
}

/** The nearest block of that name around a directive. */
export function closest(directive: Directive, ...names: string[]): Directive | undefined {
  for (const parent of parentsOf(directive)) if (names.includes(parent.name.value)) return parent
  return undefined
}

/** Directives of that name directly inside, through includes. */
export function find(owner: Directive | ConfFile, name: string): Directive[] {
  return [...childrenOf(owner)].filter((child) => child.name.value === name)
}

export function findLast(owner: Directive | ConfFile, name: string): Directive | undefined {
  return find(owner, name).at(-1)
}

/** All directives of that name anywhere below, except entries. */
export function* findAll(owner: Directive | ConfFile, ...names: string[]): Generator<Directive> {
  for (const directive of walk(owner)) {
    if (names.includes(directive.name.value) && !isEntry(directive)) yield directive
  }
}

/**
 * The directives of that name in force inside `block`, as nginx inherits them: those of the nearest level that has any.
 * `root` is the whole configuration, asked last; an `if` level counts as a level of its own.
 */
export function effective(block: Directive | undefined, name: string, root?: ConfFile): Directive[] {
  for (let at = block; at !== undefined; at = at.parent) {
    const own = find(at, name)
    if (own.length > 0) return own
  }
  return root === undefined ? [] : find(root, name)
}

/** `["http", "server", "location"]` for a directive inside a location; [] at the top. Nested locations repeat. */
export function contextOf(directive: Directive): string[] {
  return [...parentsOf(directive)].map((parent) => parent.name.value).reverse()
}

/** Servers of http{} (or of stream{} or mail{}), through includes. */
export function* serversOf(root: ConfFile, kind: 'http' | 'stream' | 'mail' = 'http'): Generator<Directive> {
  for (const child of childrenOf(root)) {
    if (child.name.value === kind) yield* find(child, 'server')
    // A fragment for http{}, such as a file of sites-enabled, has its servers at the top.
    else if (child.name.value === 'server' && child.parent === undefined && kind === 'http') yield child
  }
}

/** Locations of a server or location, nested ones too, in the order of the file. */
export function* locationsOf(owner: Directive): Generator<Directive> {
  for (const child of childrenOf(owner)) {
    if (child.name.value === 'location') yield child
    if (child.block !== undefined && (child.name.value === 'location' || child.name.value === 'if')) {
      yield* locationsOf(child)
    }
  }
}
