// Files, environment and command line -> one ordered list of entries. Runs what uWSGI runs while it reads:
// includes, set, logic. Does not know what an option means; read.ts expands and checks the list afterwards.

import { PosternError } from '../errors.ts'
import { earlyLine } from './early.ts'
import { type Entry, maxEntries, maxIncludeDepth, type Problem, type World } from './entry.ts'
import { expandValue, type Scope } from './expand.ts'
import { type Format, formatOf, loaders, readers } from './formats.ts'
import { type Frame, isLogicEnd, isLogicStart, passes } from './logic.ts'
import { commonMagic, fileMagic, firstFileMagic, type Magic, substituteMagic } from './magic.ts'
import { isImmediate, optionNames } from './option-names.ts'
import type { SectionsOf } from './read-ini.ts'

export class Collector {
  readonly entries: Entry[] = []
  readonly problems: Problem[] = []
  readonly files: string[] = []
  /** Every word that something refers to as `%(word)`, also in options that an `if` left out. */
  readonly referenced = new Set<string>()
  /** Every environment variable that something asks for. */
  readonly variables = new Set<string>()
  readonly world: World
  allowExec = false
  #frame: Frame | undefined
  #common: Magic
  #last: { file: string; format: Format; magic: Magic } | undefined
  #depth = 0

  constructor(world: World) {
    this.world = world
    this.#common = commonMagic(world)
  }

  /** What references in values may see. The first of a name wins, as in uWSGI. */
  get scope(): Scope {
    return {
      world: this.world,
      lookUp: (key) => this.entries.find((entry) => entry.key === key)?.value,
      allowExec: this.allowExec,
      problems: this.problems,
    }
  }

  /** Adds one option; inside an `if` or `for`: as often as that says. */
  add(entry: Entry): void {
    this.#noteReferences(entry)
    if (isLogicEnd(entry.key)) {
      if (this.#frame === undefined) this.#tell('note', 'UWSGI_LOGIC_STRAY', { name: entry.key }, entry)
      this.#frame = undefined
    } else if (entry.key === 'else') {
      if (this.#frame === undefined) this.#tell('error', 'UWSGI_LOGIC_STRAY', { name: 'else' }, entry)
      else this.#frame.inverted = !this.#frame.inverted
    } else if (isLogicStart(entry.key)) {
      this.#open(entry)
    } else if (this.#frame === undefined) {
      this.#append(entry)
    } else {
      // uWSGI asks the condition again for every option: what an earlier one set counts.
      const frame = this.#frame
      for (const item of passes(frame, this.world, this.scope.lookUp)) {
        this.#append({ ...entry, value: entry.value?.replaceAll('%(_)', item) })
      }
    }
  }

  #noteReferences({ key, value = '' }: Entry): void {
    for (const [, expression = ''] of value.matchAll(/%\(([^)]*)\)/g)) {
      for (const word of expression.split(/[\s(]+/)) this.referenced.add(word)
    }
    for (const [, name = ''] of value.matchAll(/\$\(([A-Za-z_]\w*)/g)) this.variables.add(name)
    if (/^if-(not-)?env$|^ifenv$/.test(key)) this.variables.add(value.split('=')[0] as string)
    if (/^if-(not-)?opt$/.test(key)) this.referenced.add(value.split('=')[0] as string)
  }

  /** Told at the end of each source: an `if` does not reach over it. */
  closeLogic(): void {
    if (this.#frame) this.#tell('warning', 'UWSGI_LOGIC_OPEN', { name: this.#frame.name }, this.#frame.opened)
    this.#frame = undefined
  }

  /** Reads a file (`path`, `path:section`, `:section` of the last one). */
  load(named: string, format: Format | undefined, from: Entry | undefined): void {
    const colon = named.lastIndexOf(':')
    const path = colon < 0 ? named : named.slice(0, colon)
    const asked = colon < 0 ? '' : named.slice(colon + 1)
    const last = path === '' ? this.#last : undefined
    const file = last?.file ?? path
    const how = format ?? last?.format ?? formatOf(file)
    const place = from ? { place: from.place } : {}
    if (file === '' || how === undefined) {
      throw new PosternError('UWSGI_FILE_KIND', { path: file, kind: file.split('.').pop() ?? '' }, place)
    }
    if (file.includes('\0')) {
      throw new PosternError(
        'UWSGI_FILE_NOT_READ',
        { path: file, reason: 'a file name cannot hold a NUL' },
        place,
      )
    }
    if (++this.#depth > maxIncludeDepth) {
      throw new PosternError('UWSGI_INCLUDE_DEPTH', { depth: maxIncludeDepth, path: file }, place)
    }
    const outer = this.#frame
    this.#frame = undefined
    const sections = this.#readSections(file, asked, how, last?.magic, place)
    for (const { key, value, place } of sections.pairs) {
      this.add({ key, value, raw: value, place, origin: 'file', settled: false, placeholder: false })
    }
    this.closeLogic()
    this.#frame = outer
    this.#depth--
  }

  #readSections(
    file: string,
    asked: string,
    format: Format,
    magic: Magic | undefined,
    place: object,
  ): SectionsOf {
    const section = asked || 'uwsgi'
    const own = magic ? new Map([...magic, ['x', asked]]) : fileMagic(file, asked, this.world)
    if (this.#last === undefined) this.#common = new Map([...firstFileMagic(own), ...this.#common])
    this.#last = { file, format, magic: own }
    if (!this.files.includes(file)) this.files.push(file)
    let text: string
    try {
      text = this.world.readFile(file)
    } catch (error) {
      if (error instanceof PosternError)
        throw new PosternError(error.code, error.facts, { ...place, cause: error })
      throw error
    }
    const all = new Map([...this.#common, ...own])
    const substituted = substituteMagic(text, all, file, this.problems)
    const read = readers[format]
    const found = read(substituted, file, section)
    for (const place of found.oddHeads) {
      this.problems.push({
        severity: 'warning',
        error: new PosternError('UWSGI_SECTION_HEAD', undefined, { place }),
      })
    }
    for (const { key, value, place } of found.early) this.problems.push(earlyLine(key, value, place))
    if (!found.sections.includes(section)) {
      const where = Object.keys(place).length > 0 ? place : { place: { file } }
      throw new PosternError(
        'UWSGI_SECTION_MISSING',
        { section, sections: found.sections.filter(Boolean) },
        where,
      )
    }
    return found
  }

  #open(entry: Entry): void {
    if (this.#frame) {
      throw new PosternError(
        'UWSGI_NESTED_LOGIC',
        { inner: entry.key, outer: this.#frame.name },
        { place: entry.place },
      )
    }
    this.#frame = { name: entry.key, argument: this.#expandNow(entry), opened: entry, inverted: false }
  }

  /** Immediate options are expanded at once, with what is known so far. uWSGI takes them literally. */
  #expandNow(entry: Entry): string {
    let text = entry.value ?? ''
    for (const symbol of ['$', '@', '%'] as const) text = expandValue(entry, text, symbol, this.scope)
    return text
  }

  #append(entry: Entry): void {
    if (this.entries.length >= maxEntries) {
      throw new PosternError('UWSGI_TOO_MUCH', { what: 'options', limit: maxEntries }, { place: entry.place })
    }
    this.entries.push(entry)
    if (entry.key === 'allow-exec') this.allowExec = !/^(false|off|no|0)$/i.test(entry.value ?? '')
    else if (isImmediate(entry.key)) this.#runNow(entry)
  }

  #runNow(entry: Entry): void {
    entry.value = entry.value === undefined ? undefined : this.#expandNow(entry)
    const { key, value = '' } = entry
    if (Object.hasOwn(loaders, key)) {
      entry.settled = true
      this.load(value, loaders[key], entry)
    } else if (key === 'set' || key === 'set-placeholder' || key === 'set-ph') {
      entry.settled = true
      this.#set(entry, value, key !== 'set')
    }
  }

  #set(entry: Entry, assignment: string, placeholder: boolean): void {
    const equals = assignment.indexOf('=')
    if (equals < 0) {
      throw new PosternError('UWSGI_BAD_SET', { key: entry.key, value: assignment }, { place: entry.place })
    }
    const key = assignment.slice(0, equals)
    const value = assignment.slice(equals + 1)
    const isOption = optionNames.has(key)
    this.#append({ ...entry, key, value, raw: value, settled: false, placeholder: placeholder || !isOption })
  }

  #tell(
    severity: Problem['severity'],
    code: 'UWSGI_LOGIC_STRAY' | 'UWSGI_LOGIC_OPEN',
    facts: { name: string },
    entry: Entry,
  ): void {
    this.problems.push({ severity, error: new PosternError(code, facts, { place: entry.place }) })
  }
}
