// Everything uWSGI reads, in its order: environment, command line, positionals; then the three passes of expansion,
// then the check of names. The result is a list of entries with places, and what is to be told about them.

import { PosternError } from '../errors.ts'
import { Collector } from './collect.ts'
import { readCommandLine, readEnvironment } from './command-line.ts'
import { mergeMarker } from './early.ts'
import type { Entry, Problem, World } from './entry.ts'
import { expandValue } from './expand.ts'
import { formatOf } from './formats.ts'
import { nearestNames, optionNames } from './option-names.ts'
import { ownOptions } from './own-options.ts'

export type Configuration = { entries: Entry[]; problems: Problem[]; files: string[] }

/** Reads a whole command line. Throws where reading cannot go on; everything else is in `problems`. */
export function readConfiguration(argv: readonly string[], world: World): Configuration {
  const collector = new Collector(world)
  for (const entry of readEnvironment(world.env)) collector.add(entry)
  const { options, positionals, loose } = readCommandLine(argv, ownOptions)
  for (const entry of options) collector.add(entry)
  collector.closeLogic()
  for (const word of positionals) readPositional(word, collector, loose.get(word))
  expandAll(collector)
  inherit(collector)
  checkNames(collector)
  return { entries: collector.entries, problems: withoutRepeats(collector.problems), files: collector.files }
}

/** `x.ini` is a file to read, `app.py[:callable]` and `pkg.mod:callable` are applications, `[x` is a comment. */
function readPositional(word: string, collector: Collector, attached: string | undefined): void {
  if (word.startsWith('[')) return
  const add = (key: string, value: string) =>
    collector.add({
      key,
      value,
      raw: value,
      place: { file: 'command line' },
      origin: 'command line',
      settled: false,
      placeholder: false,
    })
  const colon = word.indexOf(':')
  const before = colon < 0 ? word : word.slice(0, colon)
  if (formatOf(before) || (before === '' && collector.files.length > 0))
    collector.load(word, undefined, undefined)
  else if (/\.(py|wsgi)$/.test(before)) {
    add('wsgi-file', before)
    if (colon >= 0) add('callable', word.slice(colon + 1))
  } else if (colon >= 0 && before.includes('.')) add('module', word)
  else if (collector.world.isFile(before)) collector.load(word, 'ini', undefined)
  else {
    throw new PosternError('CLI_BAD_USAGE', {
      problem: `'${word}' is neither a configuration file nor an application`,
      remedy: attached
        ? `meant as a value? uWSGI takes it only attached: ${attached}`
        : 'uwsgi.ini, app.py or package.module:callable are understood',
    })
  }
}

function expandAll(collector: Collector, from = 0): void {
  for (const symbol of ['$', '@', '%'] as const) {
    for (const entry of collector.entries.slice(from)) {
      if (entry.settled || entry.value === undefined) continue
      try {
        entry.value = expandValue(entry, entry.value, symbol, collector.scope)
      } catch (error) {
        if (!(error instanceof PosternError)) throw error
        collector.problems.push({ severity: 'error', error })
      }
    }
  }
}

/** `inherit` reads its file after everything else has been read. */
function inherit(collector: Collector): void {
  for (const entry of collector.entries) {
    if (entry.key !== 'inherit' || entry.settled) continue
    entry.settled = true
    const from = collector.entries.length
    collector.load(entry.value ?? '', undefined, entry)
    expandAll(collector, from)
  }
}

/** A key that is no option is a placeholder if something refers to it, else it is a mistake. */
function checkNames(collector: Collector): void {
  const lenient = collector.entries.some(({ key }) => key === 'no-strict')
  const declared = new Set(
    collector.entries
      .filter(({ key }) => key.startsWith('declare-option'))
      .map(({ value }) => value?.split('=')[0]),
  )
  const plugins = collector.entries
    .filter(({ key }) => /^(need-)?plugins?$/.test(key))
    .flatMap(({ value = '' }) => value.split(/[\s,]+/))
    .filter((name) => /^\w+$/.test(name))
  for (const entry of collector.entries) {
    const { key, place } = entry
    if (optionNames.has(key) || ownOptions.has(key) || declared.has(key)) continue
    if (entry.placeholder || collector.referenced.has(key)) {
      entry.placeholder = true
      continue
    }
    // `UWSGI_THREADS_WANTED`, read by the file as $(UWSGI_THREADS_WANTED): a variable like any other.
    if (entry.origin === 'environment' && isAskedFor(entry, collector)) {
      Object.assign(entry, { settled: true, placeholder: true })
      continue
    }
    const marker = mergeMarker(key, entry.raw)
    if (marker !== undefined) {
      collector.problems.push({
        severity: 'error',
        error: new PosternError('UWSGI_MERGE_MARKER', { marker }, { place }),
      })
      entry.settled = true
      continue
    }
    const plugin = plugins.find((name) => key.startsWith(`${name}-`))
    if (plugin !== undefined) {
      const facts = {
        name: key,
        reason: `it belongs to the plugin ${plugin}, which is not there`,
        instead: undefined,
      }
      const error = new PosternError('UWSGI_UNSUPPORTED', facts, { place })
      collector.problems.push({ severity: 'warning', error })
      Object.assign(entry, { settled: true, plugin })
      continue
    }
    const error = new PosternError(
      'UWSGI_TYPO',
      { name: key, similar: nearestNames(key, ownOptions.keys()), where: entry.origin },
      { place },
    )
    collector.problems.push({
      severity: lenient || entry.origin === 'environment' ? 'warning' : 'error',
      error,
    })
    entry.settled = true
  }
}

const isAskedFor = ({ place }: Entry, { variables }: Collector): boolean =>
  variables.has(place.file.replace('environment variable ', ''))

/** A line in a loop tells its problem once. */
export function withoutRepeats(problems: Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ error }) => {
    const key = `${error.place?.file}:${error.place?.line} ${error.message}`
    return !seen.has(key) && seen.add(key)
  })
}
