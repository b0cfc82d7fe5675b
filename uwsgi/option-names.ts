// Every option name uWSGI has ever released, as data: argument, short letter, kind, flags, plugin.
// Facts extracted by scripts/uwsgi-option-names.ts; what postern does with each is in fates.ts.

import { createRequire } from 'node:module'
import data from './option-names.generated.json' with { type: 'json' }

export type OptionName = {
  name: string
  argument: 'none' | 'required' | 'optional'
  /** bool, bool-off, int, megabytes, string, list, logic, socket, route, or uWSGI's own handler. */
  kind: string
  short?: string
  flags?: string[]
  plugin?: string
  /** The first option with the same handler and target: this one is an alias of it. */
  same?: string
  /** Set for options that are not in the newest release. */
  versions?: string
}

const byName = new Map((data.options as OptionName[]).map((option) => [option.name, option]))

/** All of them, by name. */
export const optionNames: ReadonlyMap<string, OptionName> = byName

export const isImmediate = (name: string): boolean => byName.get(name)?.flags?.includes('immediate') ?? false

// uWSGI asks its table in order, so the first option with a letter owns it; these are the ones that are not alone.
const owners: Record<string, string> = {
  s: 'socket',
  x: 'xml',
  p: 'processes',
  w: 'module',
  H: 'home',
  h: 'help',
  v: 'max-vars',
  m: 'memory-report',
}

const byLetter = new Map<string, OptionName>()
for (const option of byName.values()) {
  if (option.short && (option.plugin === undefined || option.plugin === 'python')) {
    if (!byLetter.has(option.short) || owners[option.short] === option.name)
      byLetter.set(option.short, option)
  }
}

/** The option behind `-p`, `-w` … */
export const optionByLetter = (letter: string): OptionName | undefined => byLetter.get(letter)

/** The known names nearest to a misspelt one, best first; none when nothing is near. */
/** `proces`, `thread`: the beginning of a word that is not much longer. uWSGI takes these on its command line only. */
const isCut = (wanted: string, candidate: string): boolean =>
  wanted.length >= 5 && candidate.length - wanted.length <= 3 && candidate.startsWith(wanted)

export function nearestNames(name: string, more: Iterable<string> = [], count = 3): string[] {
  const limit = Math.min(3, Math.floor(name.length / 3))
  if (limit === 0) return []
  const { distance } = createRequire(import.meta.url)(
    'fastest-levenshtein',
  ) as typeof import('fastest-levenshtein')
  const wanted = name.toLowerCase().replaceAll('_', '-')
  return [...byName.keys(), ...more]
    .filter((candidate) => Math.abs(candidate.length - wanted.length) <= limit || isCut(wanted, candidate))
    .map((candidate) => ({ candidate, away: distance(wanted, candidate) }))
    .filter(({ candidate, away }) => away <= limit || isCut(wanted, candidate))
    .sort((a, b) => a.away - b.away || a.candidate.length - b.candidate.length)
    .slice(0, count)
    .map(({ candidate }) => candidate)
}
