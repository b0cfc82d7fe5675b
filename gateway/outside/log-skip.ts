// Which requests are left out of the access log as long as they succeed: paths, hosts, user agents, addresses.
// Compiled once; knows an exchange only as facts to compare.

import type { Exchange } from '../exchange.ts'

type Subject = (exchange: Exchange) => string

const pathOf: Subject = ({ uri }) => {
  const query = uri.indexOf('?')
  return query === -1 ? uri : uri.slice(0, query)
}

const subjects: Record<string, Subject> = {
  path: pathOf,
  host: (exchange) => exchange.variable('HTTP_HOST') ?? '',
  'user-agent': (exchange) => exchange.variable('HTTP_USER_AGENT') ?? '',
  'remote-addr': (exchange) => exchange.remoteAddr,
}

const pattern = new RegExp(`^(${Object.keys(subjects).join('|')})=(.+)$`, 's')

/** An entry is a path, or a subject and a regular expression; anything else is a mistake. */
export function isLogSkip(entry: string): boolean {
  if (entry.startsWith('/')) return true
  const [, , source] = pattern.exec(entry) ?? []
  if (source === undefined) return false
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}

/** undefined: nothing is left out. */
export function skipper(entries: readonly string[]): ((exchange: Exchange) => boolean) | undefined {
  if (entries.length === 0) return undefined
  const paths = new Set(entries.filter((entry) => entry.startsWith('/')))
  const rules = entries.flatMap((entry) => {
    const [, subject, source] = entry.startsWith('/') ? [] : (pattern.exec(entry) ?? [])
    if (subject === undefined || source === undefined) return []
    return [{ read: subjects[subject] as Subject, regex: new RegExp(source) }]
  })
  return (exchange) =>
    paths.has(pathOf(exchange)) || rules.some(({ read, regex }) => regex.test(read(exchange)))
}
