// The tree as nginx sees it: includes opened, contexts assumed for fragments, words as values. Pure; made once per run.
// A Statement keeps its Directive, so a finding can point at the text; it never changes the tree it was made from.

import type { ConfFile, Directive, Node } from '../../conf/node.ts'
import { holdsEntries } from '../../conf/walk.ts'

/** Deeper nesting than this (blocks and includes together) is not followed; nginx itself gives up far earlier. */
export const MAX_DEPTH = 200

export class Statement {
  readonly name: string
  readonly args: string[]
  readonly node: Directive | undefined
  readonly parent: Statement | undefined
  readonly index: number
  children: Statement[] = []
  /** The body of a map, geo, types or split_clients block. */
  entries: Statement[] = []
  #byName: Map<string, Statement[]> | undefined

  constructor(
    name: string,
    args: string[],
    node: Directive | undefined,
    parent: Statement | undefined,
    index: number,
  ) {
    this.name = name
    this.args = args
    this.node = node
    this.parent = parent
    this.index = index
  }

  /** True for a context that the file did not write but that was assumed around it. */
  get assumed(): boolean {
    return this.node === undefined
  }

  get isBlock(): boolean {
    return this.node === undefined || this.node.block !== undefined
  }

  /** The block's own directives of this name. */
  all(name: string): Statement[] {
    if (this.children.length === 0) return []
    if (this.#byName === undefined) {
      this.#byName = new Map()
      for (const child of this.children) {
        const same = this.#byName.get(child.name)
        if (same === undefined) this.#byName.set(child.name, [child])
        else same.push(child)
      }
    }
    return this.#byName.get(name) ?? []
  }

  first(name: string): Statement | undefined {
    return this.all(name)[0]
  }

  has(...names: string[]): boolean {
    for (const name of names) if (this.all(name).length > 0) return true
    return false
  }

  /** This statement, its parent, and so on up to the root. */
  up(): Statement[] {
    const found: Statement[] = []
    for (let at: Statement | undefined = this; at !== undefined; at = at.parent) found.push(at)
    return found
  }

  /** The nearest enclosing block of this name, itself included. */
  within(name: string): Statement | undefined {
    for (let at: Statement | undefined = this; at !== undefined; at = at.parent)
      if (at.name === name) return at
    return undefined
  }

  /** What nginx uses here: the directives of this name at the nearest level that has any. */
  effectiveAll(name: string): Statement[] {
    for (let at: Statement | undefined = this; at !== undefined; at = at.parent) {
      const found = at.all(name)
      if (found.length > 0) return found
    }
    return []
  }

  effective(name: string): Statement | undefined {
    return this.effectiveAll(name).at(-1)
  }

  /** Everything below, or what has this name there, in reading order. */
  below(name?: string): Statement[] {
    return gather(this.children, name, [])
  }

  /** http, stream, mail, or '' when it stands outside of them. */
  get module(): string {
    for (let at: Statement | undefined = this; at !== undefined; at = at.parent)
      if (at.name === 'http' || at.name === 'stream' || at.name === 'mail') return at.name
    return ''
  }

  get arg(): string {
    return this.args[0] ?? ''
  }
}

function gather(statements: Statement[], name: string | undefined, found: Statement[]): Statement[] {
  for (const one of statements) {
    if (name === undefined || one.name === name) found.push(one)
    if (one.children.length > 0) gather(one.children, name, found)
  }
  return found
}

export type Tree = {
  root: Statement
  /** The file has its own http block (or is a whole configuration without one): what is absent is really absent. */
  whole: boolean
  context: string[]
}

const MAIN = new Set([
  'http',
  'events',
  'stream',
  'mail',
  'worker_processes',
  'user',
  'pid',
  'daemon',
  'load_module',
])
const IN_HTTP = new Set(
  (
    'server upstream map geo split_clients limit_req_zone limit_conn_zone log_format proxy_cache_path uwsgi_cache_path ' +
    'fastcgi_cache_path server_names_hash_bucket_size server_names_hash_max_size types_hash_max_size map_hash_bucket_size js_import js_path'
  ).split(' '),
)
const IN_SERVER = new Set(['location', 'listen', 'server_name', 'ssl_certificate'])

/** The contexts a fragment was written for, judged by what stands at its top level. */
export function inferContext(names: string[]): string[] {
  if (names.length === 0 || names.some((name) => MAIN.has(name))) return []
  if (names.some((name) => IN_HTTP.has(name))) return ['http']
  if (names.some((name) => IN_SERVER.has(name))) return ['http', 'server']
  return ['http', 'server', 'location']
}

function topNames(file: ConfFile, depth = 0): string[] {
  return file.children.flatMap((node) => {
    if (node.kind !== 'directive') return []
    const opened = depth < 8 ? (node.included ?? []).flatMap((inner) => topNames(inner, depth + 1)) : []
    return [node.name.value, ...opened]
  })
}

export function readTree(main: ConfFile, context?: string[]): Tree {
  const names = topNames(main)
  const outer = context ?? inferContext(names.filter((name) => name !== 'include'))
  const root = new Statement('', [], undefined, undefined, 0)
  let inner = root
  for (const name of outer) {
    const next = new Statement(name, name === 'location' ? ['/'] : [], undefined, inner, 0)
    inner.children.push(next)
    inner = next
  }
  fill(inner, main.children, 0)
  return { root, whole: outer.length === 0 && root.has('http', 'events'), context: outer }
}

function fill(parent: Statement, nodes: Node[], depth: number): void {
  if (depth > MAX_DEPTH) return
  const entries = holdsEntries(parent.name)
  for (const node of nodes) {
    if (node.kind !== 'directive') continue
    const list = entries ? parent.entries : parent.children
    const statement = new Statement(
      node.name.value,
      node.args.map((word) => word.value),
      node,
      parent,
      list.length,
    )
    list.push(statement)
    if (node.block !== undefined) fill(statement, node.block.children, depth + 1)
    for (const file of node.included ?? []) fill(parent, file.children, depth + 1)
  }
}
