// What nginx knows: every directive and every variable, per version. Facts from
// conf/tables/nginx.generated.json (scripts/directives.ts); nothing here judges a configuration.

import { type Form, type ModuleType, PLACES } from './form.ts'
import { MAINLINE, MAINLINE_ENTRIES, MAINLINE_VARIABLES } from './mainline.ts'
import table from './tables/nginx.generated.json' with { type: 'json' }
import { isThirdParty } from './third-party.ts'

export const VERSIONS = table.versions as readonly string[]
export const LATEST = VERSIONS.at(-1) as string

type Row = [mask: number, setter: string, post?: unknown]
/** Per version what it knows; one list for all versions when they agree. */
type Commands = Record<string, (Row[] | null)[]>
type Module = { type: ModuleType; commands: Commands }
const modules = table.modules as unknown as Record<string, Module>
const order = table.order as Record<string, string[]>

/** The directives of one nginx, by name and in the order of its modules. */
export type Directives = Iterable<[name: string, forms: readonly Form[]]> & {
  get: (name: string) => readonly Form[] | undefined
}

/** One nginx version as postern knows it. */
export type Nginx = {
  /** The tables that stand for this version: one, or two for a version between them. */
  versions: readonly string[]
  directives: Directives
  variables: { http: ReadonlySet<string>; stream: ReadonlySet<string> }
  prefixes: { http: readonly string[]; stream: readonly string[] }
}

const cache = new Map<string, Nginx>()

/**
 * The nginx of a version: `1.22`, `1.22.1`, `latest`. A version between two tables has what either of them has,
 * so that nothing valid is refused; newer than the newest table is that and what conf/mainline.ts knows.
 */
export function nginxOf(version: string = LATEST): Nginx {
  const known = tablesFor(version)
  const isMainline = minorVersion(version) === minorOf(MAINLINE)
  const key = known.join('+') + (isMainline ? `+${MAINLINE}` : '')
  const found = cache.get(key)
  if (found !== undefined) return found
  const made = build(known, isMainline)
  cache.set(key, made)
  return made
}

/** Whether this names a version; `1.26`, `1.26.3`, `nginx/1.26.3` and `latest` do. */
export const isVersion = (text: string): boolean => minorOf(text) !== undefined

function minorOf(text: string): number | undefined {
  if (text === 'latest') return Number.POSITIVE_INFINITY
  const found = /^(?:nginx\/)?1\.(\d{1,3})(?:\.\d+)?$/.exec(text.trim())
  return found === null ? undefined : Number(found[1])
}

/** The minor number of a version, so that versions can be compared: 26 for 1.26.3. */
export function minorVersion(text: string): number {
  const minor = minorOf(text) ?? Number.POSITIVE_INFINITY
  return Math.min(minor, minorOf(MAINLINE) as number)
}

function tablesFor(version: string): string[] {
  const minor = minorVersion(version)
  const exact = VERSIONS.find((known) => minorOf(known) === minor)
  if (exact !== undefined) return [exact]
  const above = VERSIONS.find((known) => (minorOf(known) as number) > minor)
  const below = VERSIONS.findLast((known) => (minorOf(known) as number) < minor)
  return [below, above].filter((known) => known !== undefined)
}

function build(versions: readonly string[], isMainline: boolean): Nginx {
  const http = new Set<string>(isMainline ? MAINLINE_VARIABLES : [])
  const stream = new Set<string>(isMainline ? MAINLINE_VARIABLES : [])
  for (const version of versions) {
    const variables = (table.variables as Record<string, { http: string[]; stream: string[] }>)[version]!
    for (const name of variables.http) http.add(name)
    for (const name of variables.stream) stream.add(name)
  }
  const prefixesOf = (names: Set<string>): string[] => [...names].filter((name) => name.endsWith('_'))
  return {
    versions,
    directives: new Lookup(versions, isMainline),
    variables: { http, stream },
    prefixes: { http: prefixesOf(http), stream: prefixesOf(stream) },
  }
}

/** Reads the entries of a directive when it is first asked for: a configuration has some hundred of the thousands. */
class Lookup implements Directives {
  /** Each module of each version, with the version's place in the rows. */
  readonly #modules: { name: string; module: Module; index: number }[] = []
  readonly #mainline: typeof MAINLINE_ENTRIES
  /** [] is a name nobody knows. */
  readonly #read = new Map<string, readonly Form[]>()

  constructor(versions: readonly string[], isMainline: boolean) {
    this.#mainline = isMainline ? MAINLINE_ENTRIES : []
    for (const version of versions) {
      const index = VERSIONS.indexOf(version)
      for (const name of order[version] as string[])
        this.#modules.push({ name, module: modules[name] as Module, index })
    }
  }

  get(name: string): readonly Form[] | undefined {
    let forms = this.#read.get(name)
    if (forms === undefined) {
      forms = this.#formsOf(name)
      this.#read.set(name, forms)
    }
    return forms.length === 0 ? undefined : forms
  }

  *[Symbol.iterator](): Generator<[string, readonly Form[]]> {
    const names = new Set(this.#modules.flatMap(({ module }) => Object.keys(module.commands)))
    for (const { name } of this.#mainline) names.add(name)
    for (const name of names) {
      const forms = this.get(name)
      if (forms !== undefined) yield [name, forms]
    }
  }

  #formsOf(name: string): readonly Form[] {
    let found: Form[] = []
    for (const { name: module, module: of, index } of this.#modules) {
      if (!Object.hasOwn(of.commands, name)) continue
      const rows = of.commands[name] as (Row[] | null)[]
      for (const row of (rows.length === 1 ? rows[0] : rows[index]) ?? []) {
        const form = formOf(name, module, of.type, row)
        if (!found.some((other) => JSON.stringify(other) === JSON.stringify(form))) found.push(form)
      }
    }
    for (const { name: entry, module, type, places, args, setter, replaces } of this.#mainline) {
      if (entry !== name) continue
      const mask = places.reduce((sum, place) => sum + PLACES[place].bit, args)
      found = found.filter((form) => replaces !== true || form.type !== type)
      found.push({ name, module, type, mask, setter })
    }
    return found
  }
}

function formOf(name: string, module: string, type: ModuleType, [mask, setter, post]: Row): Form {
  const form: Form = { name, module, type, mask, setter }
  if (Array.isArray(post)) form.words = post as string[]
  else if (typeof post === 'object' && post !== null) {
    if ('low' in post) form.bounds = post as { low: number; high: number }
    else form.deprecated = post as { old: string; new: string }
  }
  return form
}

export type Availability = { name: string; module: string; versions: string[] }

/** Which versions know a directive; [] for one nobody knows. */
export function availability(name: string): Availability[] {
  const found: Availability[] = []
  for (const [module, { commands }] of Object.entries(modules)) {
    const forms = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (forms === undefined) continue
    const versions =
      forms.length === 1 ? modulesVersions(module) : VERSIONS.filter((_, index) => forms[index] !== null)
    found.push({ name, module, versions: [...versions] })
  }
  for (const entry of MAINLINE_ENTRIES) {
    if (entry.name === name && entry.replaces !== true)
      found.push({ name, module: entry.module, versions: [MAINLINE] })
  }
  return found
}

const modulesVersions = (module: string): string[] =>
  VERSIONS.filter((version) => order[version]?.includes(module))

/** Every directive name of any version. */
export function* allDirectiveNames(): Generator<string> {
  for (const { commands } of Object.values(modules)) yield* Object.keys(commands)
  for (const { name } of MAINLINE_ENTRIES) yield name
}

/** The forms of a third-party directive in any version; [] for nginx's own. */
export function thirdPartyForms(name: string): Form[] {
  return VERSIONS.flatMap((version) => [...(nginxOf(version).directives.get(name) ?? [])]).filter(
    ({ module }) => isThirdParty(module),
  )
}
