// Which location answers a path, as nginx decides it. Knows modifiers and nesting; knows nothing of handlers.

import { matches } from './regex/matches.ts'
import { type Regex, readRegex } from './regex/read.ts'
import type { Statement } from './statement.ts'

export type Modifier = '' | '=' | '^~' | '~' | '~*' | '@'
export type LocationMatch = { modifier: Modifier; path: string }

export function readLocation(location: Statement): LocationMatch {
  const first = location.args[0] ?? ''
  const second = location.args[1]
  if (second !== undefined) return { modifier: isModifier(first) ? first : '', path: second }
  if (first.startsWith('@')) return { modifier: '@', path: first }
  if (/^[\^=~]/.test(first)) {
    for (const glued of GLUED)
      if (first.startsWith(glued) && first.length > glued.length)
        return { modifier: glued, path: first.slice(glued.length) }
  }
  return { modifier: '', path: first }
}

const GLUED = ['=', '^~', '~*', '~'] as const
const isModifier = (word: string): word is (typeof GLUED)[number] =>
  (GLUED as readonly string[]).includes(word)

export const isRegexLocation = (location: Statement): boolean =>
  /^~\*?$/.test(readLocation(location).modifier)
export const isPrefixLocation = (location: Statement): boolean =>
  /^(\^~)?$/.test(readLocation(location).modifier)

type Index = {
  exact: Map<string, Statement>
  prefixes: Map<string, Statement>
  /** How long the prefixes are, the longest first. */
  lengths: number[]
  regexes: { location: Statement; regex: Regex }[]
}

/** Worked out once per block: a server may have thousands of locations, and every redirect in them is looked up. */
const indexes = new WeakMap<Statement, Index>()

function indexOf(scope: Statement): Index {
  const known = indexes.get(scope)
  if (known !== undefined) return known
  const made: Index = { exact: new Map(), prefixes: new Map(), lengths: [], regexes: [] }
  for (const location of scope.all('location')) {
    const { modifier, path } = readLocation(location)
    if (modifier === '~' || modifier === '~*')
      made.regexes.push({ location, regex: readRegex(path, modifier === '~*') })
    else if (modifier === '=' && !made.exact.has(path)) made.exact.set(path, location)
    else if ((modifier === '' || modifier === '^~') && !made.prefixes.has(path))
      made.prefixes.set(path, location)
  }
  made.lengths = [...new Set([...made.prefixes.keys()].map((path) => path.length))].sort((a, b) => b - a)
  indexes.set(scope, made)
  return made
}

/** The location of `scope` (a server or location) that answers `path`; undefined when none does or it cannot be told. */
export function locate(scope: Statement, path: string): Statement | undefined {
  const { exact, prefixes, lengths, regexes } = indexOf(scope)
  const same = exact.get(path)
  if (same !== undefined) return same
  const length = lengths.find((one) => one <= path.length && prefixes.has(path.slice(0, one)))
  const best = length === undefined ? undefined : prefixes.get(path.slice(0, length))
  if (best !== undefined) {
    const nested = locate(best, path)
    if (nested !== undefined) return nested
    if (readLocation(best).modifier === '^~') return best
  }
  for (const { location, regex } of regexes) {
    if (matches(regex, path)) return locate(location, path) ?? location
  }
  return best
}
