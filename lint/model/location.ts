// Which location answers a path, as nginx decides it. Knows modifiers and nesting; knows nothing of handlers.

import { matches, readRegex } from './regex.ts'
import type { Statement } from './statement.ts'

export type Modifier = '' | '=' | '^~' | '~' | '~*' | '@'
export type LocationMatch = { modifier: Modifier; path: string }

export function readLocation(location: Statement): LocationMatch {
  const [first = '', second] = location.args
  if (second !== undefined) {
    const modifier = (['=', '^~', '~', '~*'] as const).find((known) => known === first)
    return { modifier: modifier ?? '', path: second }
  }
  if (first.startsWith('@')) return { modifier: '@', path: first }
  for (const glued of ['=', '^~', '~*', '~'] as const) {
    if (first.startsWith(glued) && first.length > glued.length)
      return { modifier: glued, path: first.slice(glued.length) }
  }
  return { modifier: '', path: first }
}

export const isRegexLocation = (location: Statement): boolean =>
  /^~\*?$/.test(readLocation(location).modifier)
export const isPrefixLocation = (location: Statement): boolean =>
  /^(\^~)?$/.test(readLocation(location).modifier)

/** The location of `scope` (a server or location) that answers `path`; undefined when none does or it cannot be told. */
export function locate(scope: Statement, path: string): Statement | undefined {
  let best: Statement | undefined
  let length = -1
  for (const location of scope.all('location')) {
    const match = readLocation(location)
    if (match.modifier === '=' && match.path === path) return location
    if (
      (match.modifier === '' || match.modifier === '^~') &&
      path.startsWith(match.path) &&
      match.path.length > length
    ) {
      best = location
      length = match.path.length
    }
  }
  if (best !== undefined) {
    const nested = locate(best, path)
    if (nested !== undefined) return nested
    if (readLocation(best).modifier === '^~') return best
  }
  for (const location of scope.all('location')) {
    const match = readLocation(location)
    if (match.modifier !== '~' && match.modifier !== '~*') continue
    if (matches(readRegex(match.path, match.modifier === '~*'), path))
      return locate(location, path) ?? location
  }
  return best
}
