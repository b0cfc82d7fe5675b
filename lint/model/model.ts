// Everything rules ask about a tree, worked out once and only when asked. Pure: the same tree gives the same answers.

import { PASSES, passOf, readTarget } from './handler.ts'
import { readLocation } from './location.ts'
import { readRegex } from './regex/read.ts'
import { readSite, type Site } from './site.ts'
import type { Statement, Tree } from './statement.ts'
import { conditionRegex } from './taint/captures.ts'
import { type Scope, taintOf, valueTaint } from './taint/flow.ts'
import type { Taint } from './taint/taint.ts'
import { before, type Version } from './version.ts'

export class Model {
  readonly tree: Tree
  readonly root: Statement
  readonly nginx: Version
  #all: Statement[] | undefined
  #byName: Map<string, Statement[]> | undefined
  #sites: Site[] | undefined
  #byServer: Map<Statement, Site> | undefined
  #upstreams: Map<string, Statement> | undefined
  #bySocket: Map<string, Site[]> | undefined
  #defaults: Map<string, Site[]> | undefined
  #scope: Scope | undefined
  #strict = new Map<Statement, boolean>()

  constructor(tree: Tree, nginx: Version) {
    this.tree = tree
    this.root = tree.root
    this.nginx = nginx
  }

  before(version: string): boolean {
    return before(this.nginx, version)
  }

  /** Every directive of the tree, in reading order. */
  get all(): Statement[] {
    this.#all ??= this.root.below()
    return this.#all
  }

  named(name: string): Statement[] {
    if (this.#byName === undefined) {
      this.#byName = new Map()
      for (const one of this.all) {
        const same = this.#byName.get(one.name)
        if (same === undefined) this.#byName.set(one.name, [one])
        else same.push(one)
      }
    }
    return this.#byName.get(name) ?? []
  }

  get sites(): Site[] {
    this.#sites ??= this.named('server')
      .filter((one) => one.isBlock && (one.parent?.name === 'http' || one.parent?.name === 'stream'))
      .map((one) => readSite(one, 80))
    return this.#sites
  }

  siteOf(at: Statement): Site | undefined {
    const server = at.within('server')
    if (server === undefined) return undefined
    this.#byServer ??= new Map(this.sites.map((site) => [site.server, site]))
    return this.#byServer.get(server)
  }

  /** The servers of one socket, by module. */
  get bySocket(): Map<string, Site[]> {
    if (this.#bySocket === undefined) {
      this.#bySocket = new Map()
      for (const site of this.sites) {
        for (const key of new Set(site.listens.map((one) => `${site.module} ${one.key}`))) {
          const same = this.#bySocket.get(key)
          if (same === undefined) this.#bySocket.set(key, [site])
          else same.push(site)
        }
      }
    }
    return this.#bySocket
  }

  /** Advice about a public server is not given to one that only this machine can reach. */
  isOpen(at: Statement): boolean {
    const site = this.siteOf(at)
    return site === undefined ? this.sites.length === 0 || this.sites.some((one) => one.open) : site.open
  }

  upstream(name: string): Statement | undefined {
    this.#upstreams ??= new Map(
      this.named('upstream').flatMap((one) => (one.isBlock ? [[one.arg.toLowerCase(), one]] : [])),
    )
    return this.#upstreams.get(name.toLowerCase())
  }

  /** Every `*_pass` that names a place to go, with the block it stands in. */
  get passes(): Statement[] {
    return PASSES.flatMap((name) => this.named(name))
  }

  targetOf(block: Statement): Statement | undefined {
    return passOf(block)
  }

  taint(variable: string, at: Statement): Taint {
    return taintOf(variable, at, this.scope)
  }

  taintOfValue(value: string, at: Statement): Taint {
    return valueTaint(value, at, this.scope)
  }

  get scope(): Scope {
    this.#scope ??= this.#readScope()
    return this.#scope
  }

  #readScope(): Scope {
    const scope: Scope = {
      tables: new Map(),
      sets: new Map(),
      named: new Map(),
      strictHost: (at) => this.#strictHost(at),
    }
    const add = <T>(map: Map<string, T[]>, key: string, value: T): void => {
      const same = map.get(key)
      if (same === undefined) map.set(key, [value])
      else same.push(value)
    }
    const bare = (word: string): string => word.replace(/^\$\{?|\}$/g, '').toLowerCase()
    const names = (source: string, ignoreCase: boolean, subject: string, at: Statement): void => {
      if (!source.includes('(?')) return
      const regex = readRegex(source, ignoreCase)
      for (const name of regex.names.keys()) add(scope.named, name.toLowerCase(), { regex, subject, at })
    }
    for (const one of this.all) {
      if (one.name === 'map' || one.name === 'split_clients') {
        add(scope.tables, bare(one.args[1] ?? ''), one)
        for (const entry of one.entries) {
          if (entry.name.startsWith('~'))
            names(entry.name.replace(/^~\*?/, ''), entry.name.startsWith('~*'), bare(one.arg), one)
        }
      } else if (one.name === 'geo') add(scope.tables, bare(one.args.at(-1) ?? ''), one)
      else if (one.name === 'set') add(scope.sets, bare(one.arg), one)
      else if (one.name === 'location') {
        const match = readLocation(one)
        if (match.modifier === '~' || match.modifier === '~*')
          names(match.path, match.modifier === '~*', 'uri', one)
      } else if (one.name === 'rewrite') names(one.arg, false, 'uri', one)
      else if (one.name === 'if') {
        const own = conditionRegex(one)
        if (own !== undefined) names(own.regex.source, own.regex.ignoreCase, own.subject, one)
      } else if (one.name === 'server_name') {
        for (const name of one.args) if (name.startsWith('~')) names(name.slice(1), true, 'host', one)
      }
    }
    return scope
  }

  /** The servers that say they are the default of a socket. */
  #defaultsOf(socket: string): Site[] {
    if (this.#defaults === undefined) {
      this.#defaults = new Map()
      for (const site of this.sites) {
        for (const listen of site.listens) {
          if (!listen.isDefault) continue
          const key = `${site.module} ${listen.key}`
          this.#defaults.set(key, [...(this.#defaults.get(key) ?? []), site])
        }
      }
    }
    return this.#defaults.get(socket) ?? []
  }

  /** The server answers only to names it lists, because another server is the default of all its sockets. */
  #strictHost(at: Statement): boolean {
    const server = at.within('server')
    if (server === undefined) return false
    const before = this.#strict.get(server)
    if (before !== undefined) return before
    const site = this.siteOf(server)
    const exact =
      site !== undefined &&
      site.names.length > 0 &&
      site.names.every((name) => /^[a-z0-9.-]+$/.test(name) && !name.startsWith('.'))
    const strict =
      exact &&
      site.listens.every((listen) =>
        this.#defaultsOf(`${site.module} ${listen.key}`).some((other) => other !== site),
      )
    this.#strict.set(server, strict)
    return strict
  }

  /** host:port or socket path that a pass goes to, with upstream blocks opened. */
  addressesOf(pass: Statement): string[] {
    const { host, scheme } = readTarget(pass)
    const upstream = this.upstream(host)
    if (upstream !== undefined) return upstream.all('server').map((one) => one.arg)
    return [
      host.includes(':') || pass.name !== 'proxy_pass' ? host : `${host}:${scheme === 'https' ? 443 : 80}`,
    ]
  }
}
