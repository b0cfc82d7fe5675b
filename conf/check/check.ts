// The offline `nginx -t`: a tree and a version in, what nginx would say out. Walks as ngx_conf_parse does and asks, for each
// directive, what ngx_conf_handler asks: known, allowed here, ended rightly, with the right number of arguments, good values.
// Pure: opens no file, asks no name server.
import {
  allowedIn,
  describeArguments,
  type Form,
  isBlock,
  isForeign,
  isThirdParty,
  minorVersion,
  nginxOf,
  PLACES,
  type PlaceName,
  takes,
  thirdPartyForms,
} from '../directives.ts'
import type { Conf } from '../include.ts'
import { isLuaBlock } from '../lua.ts'
import type { ConfFile, Directive, Node } from '../node.ts'
import { directivesIn } from '../walk.ts'
import { inferContext, OF_MAIN, OPENS, opens, placeOf } from './context.ts'
import { checkBuffers } from './handlers/buffers.ts'
import { checkCharsets } from './handlers/charset.ts'
import { handlers } from './handlers/index.ts'
import { checkEntries, hasEntries } from './handlers/maps.ts'
import { finishFamily, finishMailServer, finishServer } from './handlers/servers.ts'
import { checkCertificates } from './handlers/tls.ts'
import { finishUpstream, upstreamServer } from './handlers/upstream.ts'
import { reportMissingZones } from './handlers/zones.ts'
import { placesHint, SUGGESTION_LIMIT, unknownHint } from './hints.ts'
import { Call, Family, Level, problemAt, World } from './level.ts'
import type { Problem } from './problem.ts'
import { slots } from './slots.ts'
import { reportUnknownVariables } from './variables.ts'

export { inferContext } from './context.ts'
export { SUGGESTION_LIMIT } from './hints.ts'
export type { Problem, ProblemCode } from './problem.ts'

export type CheckOptions = {
  /** `1.22`, `1.26.3`, `latest`. */
  nginx?: string
  /** The blocks around a fragment, outermost first: `['http', 'server']`. Inferred when not given. */
  context?: readonly string[]
}

/** Everything nginx would refuse or warn about, in reading order; nginx itself stops at the first refusal. */
export function checkConf(conf: Conf, options: CheckOptions = {}): Problem[] {
  const complete = !conf.includeProblems.some(({ code }) => code !== 'include-cycle')
  return check(conf.main, options, complete)
}

/** The same for one file whose includes were followed, or that has none. */
export function check(main: ConfFile, options: CheckOptions = {}, complete = true): Problem[] {
  const context = options.context ?? inferContext(main, options.nginx)
  return new Checker(main, context, options.nginx ?? 'latest', complete).run()
}

/** Modules that have a twin for stream{} which Debian does not package. */
const TWINNED = /^ngx_http_(?:lua|echo)_module$/

class Checker {
  readonly #main: ConfFile
  readonly #world: World
  readonly #context: readonly string[]
  readonly #mailServers: Level[] = []
  #suggestions = 0

  constructor(main: ConfFile, context: readonly string[], version: string, complete: boolean) {
    this.#main = main
    this.#context = context
    this.#world = new World(nginxOf(version), minorVersion(version), complete && context.length === 0)
  }

  run(): Problem[] {
    const world = this.#world
    const kind = placeOf(this.#context)
    const level = new Level(kind, PLACES[kind], undefined, undefined)
    if (this.#context[0] === 'http') world.http = new Family('HTTP', undefined)
    if (this.#context[0] === 'stream') world.stream = new Family('STRM', undefined)
    this.#block(this.#main.children, level)
    if (this.#context.length > 0) {
      for (const family of [world.http, world.stream]) if (family !== undefined) finishFamily(family, world)
    } else this.#whole(level)
    world.late(this.#main.path, Number.POSITIVE_INFINITY, () => {
      for (const finish of world.atEnd) finish()
      reportMissingZones(world)
    })
    return sortProblems(world.problems, this.#main)
  }

  /** A whole configuration has an events{} block. */
  #whole(level: Level): void {
    const [first] = [...level.seen.values()]
    if (!this.#world.whole || level.seen.has('events') || first === undefined) return
    if (!['http', 'stream', 'mail'].some((name) => level.seen.has(name))) return
    const { end } = this.#main
    this.#world.problems.push({
      code: 'structure',
      severity: 'error',
      message: 'no "events" section in configuration',
      file: this.#main.path,
      span: { start: end, end },
      found: { file: this.#main.path, offset: Number.POSITIVE_INFINITY },
      hint: 'add "events {}"',
    })
  }

  #block(nodes: readonly Node[], level: Level): void {
    for (const directive of directivesIn(nodes)) this.#directive(directive, level)
  }

  #directive(directive: Directive, level: Level): void {
    const name = directive.name.value
    this.#world.met.add(name)
    if (directive.name.raw === '' || directive.terminator === '') {
      if (directive.name.raw !== '') level.note(directive)
      return
    }
    const form = this.#form(directive, level)
    if (form === undefined) {
      level.note(directive)
      if (directive.block !== undefined) this.#misplaced(directive, level)
      return
    }
    level.note(directive)
    const call = new Call(directive, form, level, this.#world)
    if (form.deprecated !== undefined) {
      const message = `the "${form.deprecated.old}" directive is deprecated, use the "${form.deprecated.new}" directive instead`
      call.warn(message, undefined, 'deprecated')
    }
    if (name === 'include' && directive.included === undefined) level.incomplete = true
    this.#enter(call)
    const isUpstreamServer =
      name === 'server' && (level.kind === 'upstream' || level.kind === 'stream upstream')
    const handler = isUpstreamServer
      ? upstreamServer
      : (handlers[`${form.type}:${name}`] ?? slots[form.setter])
    if (handler !== undefined) handler(call)
    else this.#unknownSetter(call)
    if (directive.block !== undefined) this.#descend(call)
  }

  /** The entry of the command tables this directive is, after ngx_conf_handler's questions. */
  #form(directive: Directive, level: Level): Form | undefined {
    const name = directive.name.value
    const world = this.#world
    const forms = world.nginx.directives.get(name)
    const here = forms?.filter((form) => allowedIn(form, level.place)) ?? []
    if (here.length === 0) {
      const others = thirdPartyForms(name)
      const elsewhere = others.find((form) => allowedIn(form, level.place) && form.type !== 'CONF')
      const foreignOnly = forms === undefined || forms.every(({ module }) => isThirdParty(module))
      if (elsewhere !== undefined && foreignOnly) return elsewhere
      const known = forms !== undefined || others.length > 0
      if (
        (level.place.type === 'STRM' && foreignOnly && others.some(({ module }) => TWINNED.test(module))) ||
        (forms === undefined && isForeign(name)) ||
        (!known && directive.block?.rawBody !== undefined && isLuaBlock(name))
      ) {
        world.foreign = true
        // It may be what brings the servers of an upstream: postgres_server, jdomain, …
        if (level.kind === 'upstream' || level.kind === 'stream upstream') level.incomplete = true
        return undefined
      }
      const message =
        forms === undefined ? `unknown directive "${name}"` : `"${name}" directive is not allowed here`
      const code = forms === undefined ? 'unknown-directive' : 'context'
      const hint =
        forms === undefined
          ? unknownHint(name, world.nginx.versions, this.#suggestions++ < SUGGESTION_LIMIT)
          : placesHint(forms)
      world.problems.push(problemAt(directive, message, undefined, code, 'error', hint))
      return undefined
    }
    const block = directive.terminator === '{'
    const shaped = here.filter((form) => isBlock(form) === block)
    if (shaped.length === 0) {
      const message = block
        ? `directive "${name}" is not terminated by ";"`
        : `directive "${name}" has no opening "{"`
      world.problems.push(problemAt(directive, message, undefined, 'terminator', 'error'))
      return undefined
    }
    const fitting = shaped.find((form) => takes(form, directive.args.length))
    if (fitting !== undefined) return fitting
    const other = thirdPartyForms(name).find(
      (form) => allowedIn(form, level.place) && isBlock(form) === block && takes(form, directive.args.length),
    )
    if (other !== undefined) return other
    const message = `invalid number of arguments in "${name}" directive`
    const hint = `it takes ${describeArguments(shaped[0] as Form)}`
    world.problems.push(problemAt(directive, message, undefined, 'arguments', 'error', hint))
    return undefined
  }

  /** Blocks that may stand once, and what opening them begins. */
  #enter(call: Call): void {
    const world = this.#world
    const { name, directive, level } = call
    if (level.kind === 'main' && OF_MAIN.has(name) && directive.block !== undefined) {
      world.modulesUsed = true
      if (call.isDuplicate) call.duplicate()
      if (name === 'http' && world.http === undefined) world.http = new Family('HTTP', directive)
      if (name === 'stream' && world.stream === undefined) world.stream = new Family('STRM', directive)
    }
  }

  /** Modules outside nginx whose readers we do not know: a first argument `$name` is a variable they make. */
  #unknownSetter(call: Call): void {
    const first = call.arg(0)
    if (/^\$\w+$/.test(first)) call.family?.defined.add(first.slice(1).toLowerCase())
    if (/^set_by_lua/.test(call.name)) return
    for (const [, name] of first.matchAll(/\(\?P?<(\w+)>/g))
      call.family?.defined.add((name as string).toLowerCase())
  }

  #descend(call: Call): void {
    const { directive, level, name } = call
    const block = directive.block
    if (block === undefined || block.rawBody !== undefined) return
    if (hasEntries(name)) {
      checkEntries(
        call,
        [...directivesIn(block.children)],
        new Level('entries', level.place, directive, level),
        this.#world,
      )
      return
    }
    const kind = opens(level.kind as PlaceName, name)
    if (kind === undefined) return
    const inner = new Level(kind, PLACES[kind], directive, level)
    inner.location = kind === 'location' ? call.opens : level.location
    this.#block(block.children, inner)
    if (!block.closed) return
    this.#finish(call, inner)
  }

  #finish(call: Call, inner: Level): void {
    const world = this.#world
    if (inner.kind === 'upstream' || inner.kind === 'stream upstream') finishUpstream(call, inner)
    else if (inner.kind === 'server' || inner.kind === 'stream server') {
      finishServer(inner, world)
      const family = inner.place.type === 'HTTP' ? world.http : world.stream
      family?.atEnd.push(() => checkCertificates(inner, world))
    } else if (inner.kind === 'mail server') {
      finishServer(inner, world)
      this.#mailServers.push(inner)
    } else if (inner.kind === 'mail') {
      world.late(call.directive.file, call.directive.block?.end.offset ?? 0, () => {
        for (const server of this.#mailServers) {
          finishMailServer(server, world)
          checkCertificates(server, world)
        }
      })
    }
    if (
      inner.place.type === 'HTTP' &&
      world.http !== undefined &&
      inner.kind !== 'http' &&
      inner.kind !== 'upstream'
    ) {
      const family = world.http
      family.atEnd.push(() => {
        checkBuffers(inner, family, world)
        checkCharsets(inner, world)
      })
    }
    const family = inner.kind === 'http' ? world.http : inner.kind === 'stream' ? world.stream : undefined
    if (family === undefined || family.directive !== call.directive) return
    world.late(call.directive.file, call.directive.block?.end.offset ?? 0, () => {
      finishFamily(family, world)
      reportUnknownVariables(world, family)
    })
  }

  /** Inside a block nginx refused: faults that are certain wherever it stands are still told. */
  #misplaced(directive: Directive, level: Level): void {
    const name = directive.name.value
    const target = (Object.keys(OPENS[name] ?? {}) as PlaceName[])[0]
    const kind = target === undefined ? undefined : OPENS[name]?.[target]
    const block = directive.block
    if (
      kind === undefined ||
      block === undefined ||
      block.rawBody !== undefined ||
      this.#world.nginx.directives.get(name) === undefined
    )
      return
    const inner = new Level(kind, PLACES[kind], directive, level)
    if (PLACES[kind].type === level.place.type || level.kind === 'main') this.#block(block.children, inner)
  }
}

function sortProblems(problems: Problem[], main: ConfFile): Problem[] {
  const rank = (problem: Problem): number => (problem.file === main.path ? 0 : 1)
  return problems.sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) ||
      a.span.start.offset - b.span.start.offset,
  )
}
