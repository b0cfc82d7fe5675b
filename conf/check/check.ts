// The offline `nginx -t`: a tree and a version in, what nginx would say out. Walks as ngx_conf_parse does and asks, for each
// directive, what ngx_conf_handler asks: known, allowed here, ended rightly, with the right number of arguments, good values.
// Pure: opens no file, asks no name server.
import { minorVersion, nginxOf } from '../directives.ts'
import { PLACES, type PlaceName } from '../form.ts'
import type { Conf } from '../include.ts'
import type { ConfFile, Directive, Node } from '../node.ts'
import { directivesIn } from '../walk.ts'
import { Call } from './call.ts'
import { formOf } from './choose-form.ts'
import { inferContext, OF_MAIN, OPENS, opens, placeOf } from './context.ts'
import { finishBlock } from './finish.ts'
import { handlers } from './handlers/index.ts'
import { checkEntries, hasEntries } from './handlers/maps.ts'
import { finishFamily } from './handlers/servers.ts'
import { reportMissingZones } from './handlers/shared.ts'
import { upstreamServer } from './handlers/upstream.ts'
import { Family, Level, World } from './level.ts'
import type { Problem } from './problem.ts'
import { slots } from './slots.ts'

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

class Checker {
  readonly #main: ConfFile
  readonly #world: World
  readonly #context: readonly string[]

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
    for (const node of nodes) {
      if (node.kind !== 'directive') continue
      this.#directive(node, level)
      if (node.included !== undefined) for (const file of node.included) this.#block(file.children, level)
    }
  }

  #directive(directive: Directive, level: Level): void {
    const name = directive.name.value
    this.#world.met.add(name)
    if (directive.name.raw === '' || directive.terminator === '') {
      if (directive.name.raw !== '') level.note(directive)
      return
    }
    const form = formOf(directive, level, this.#world)
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
    finishBlock(call, inner, this.#world)
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
