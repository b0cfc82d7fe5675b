// Whether a condition holds for a request. Pure but for the clock and the dice, which the caller hands in.
import type { NjsRequest } from '../request.ts'
import { bucket } from './hash.ts'
import { cookie, hasCookie, header, sentHeader } from './headers.ts'
import type { Condition, PathMatch, Percent, TimeWindow, ValueMatch } from './table.ts'
import { queryValues, wellFormed } from './text.ts'

/** What a decision may depend on besides the request. */
export type Moment = { now: number; random: () => number }

/** What matching found on the way: groups of the path, the Set-Cookie of a sticky percentage. */
export type Notes = { groups: string[]; cookie: string }

export function holds(when: Condition, r: NjsRequest, moment: Moment, notes: Notes): boolean {
  if (when.methods && when.methods.indexOf(r.method) < 0) return false
  if (when.path && !pathHolds(when.path, r.uri, notes)) return false
  if (when.hosts && !hostHolds(when.hosts, hostOf(r))) return false
  if (when.headers && !allHold(when.headers, (name) => headerValues(r, name))) return false
  if (when.cookies && !allHold(when.cookies, (name) => cookieValues(r, name))) return false
  if (when.query && !allHold(when.query, (name) => queryValues(r.variables.args || '', name))) return false
  if (when.time && !timeHolds(when.time, moment.now)) return false
  // Last: it may set a cookie, and must not do so for a route that does not apply.
  if (when.percent && !percentHolds(when.percent, r, moment, notes)) return false
  return true
}

export function hostOf(r: NjsRequest): string {
  return String(r.variables.host || '').toLowerCase()
}

function headerValues(r: NjsRequest, name: string): string[] {
  return sentHeader(r, name) === undefined ? [] : [header(r, name)]
}

function cookieValues(r: NjsRequest, name: string): string[] {
  return hasCookie(r, name) ? [cookie(r, name)] : []
}

function allHold(wanted: { [name: string]: ValueMatch }, values: (name: string) => string[]): boolean {
  for (const name in wanted) if (!valueHolds(wanted[name] as ValueMatch, values(name))) return false
  return true
}

/** One of several values (a repeated query argument) is enough. */
export function valueHolds(wanted: ValueMatch, values: string[]): boolean {
  if ('present' in wanted) return wanted.present === values.length > 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as string
    if ('is' in wanted ? wanted.is.some((glob) => globHolds(glob, value)) : textHolds(wanted, value))
      return true
  }
  return false
}

function textHolds(wanted: { startsWith: string } | { matches: string | RegExp }, value: string): boolean {
  return 'startsWith' in wanted ? value.startsWith(wanted.startsWith) : pattern(wanted.matches).test(value)
}

/** Each `*` stands for any text. Linear: the pieces are looked for from left to right. */
export function globHolds(glob: string, value: string): boolean {
  const pieces = glob.split('*')
  const first = pieces[0] as string
  const last = pieces[pieces.length - 1] as string
  if (pieces.length === 1) return value === glob
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length)
    return false
  let at = first.length
  for (let i = 1; i < pieces.length - 1; i++) {
    const found = value.indexOf(pieces[i] as string, at)
    if (found < 0) return false
    at = found + (pieces[i] as string).length
  }
  return at <= value.length - last.length
}

function pattern(source: string | RegExp): RegExp {
  return typeof source === 'string' ? new RegExp(source) : source
}

function pathHolds(path: PathMatch, uri: string, notes: Notes): boolean {
  if ('exact' in path) return uri === path.exact
  if ('prefix' in path) return uri.startsWith(path.prefix)
  const found = pattern(path.matches).exec(wellFormed(uri))
  if (found === null) return false
  const groups: string[] = []
  for (let i = 1; i < found.length; i++) groups.push(found[i] === undefined ? '' : (found[i] as string))
  notes.groups = groups
  return true
}

function hostHolds(hosts: string[], host: string): boolean {
  for (let i = 0; i < hosts.length; i++) {
    const wanted = hosts[i] as string
    if (wanted === host || (wanted.startsWith('*.') && host.endsWith(wanted.substring(1)))) return true
  }
  return false
}

const dayMs = 86400000

export function timeHolds(window: TimeWindow, now: number): boolean {
  if (window.from !== undefined && now < window.from) return false
  if (window.until !== undefined && now >= window.until) return false
  const local = now + (window.utcOffsetMinutes || 0) * 60000
  const minute = Math.floor((((local % dayMs) + dayMs) % dayMs) / 60000)
  // 1 January 1970 was a Thursday.
  let day = (((Math.floor(local / dayMs) + 4) % 7) + 7) % 7
  if (window.daily) {
    const overnight = window.daily.from > window.daily.until
    const inside = overnight
      ? minute >= window.daily.from || minute < window.daily.until
      : minute >= window.daily.from && minute < window.daily.until
    if (!inside) return false
    // The small hours belong to the day on which the window opened.
    if (overnight && minute < window.daily.until) day = (day + 6) % 7
  }
  return window.days === undefined || window.days.indexOf(day) >= 0
}

export function percentHolds(percent: Percent, r: NjsRequest, moment: Moment, notes: Notes): boolean {
  const limit = Math.round(percent.share * 100)
  const by = percent.by
  if ('header' in by) return bucket(percent.salt, header(r, by.header)) < limit
  if ('variable' in by) return bucket(percent.salt, String(r.variables[by.variable] || '')) < limit
  let visitor = cookie(r, by.cookie)
  // Anything else is drawn anew, so that nobody can grow our keys.
  if (!/^[A-Za-z0-9]{8,32}$/.test(visitor)) {
    visitor = `${Math.floor(moment.random() * 1e15)}`
    while (visitor.length < 15) visitor = `0${visitor}`
    const secure = r.variables.scheme === 'https' ? '; Secure' : ''
    const age = by.maxAge === undefined ? 2592000 : by.maxAge
    notes.cookie = `${by.cookie}=${visitor}; Path=/; Max-Age=${age}; SameSite=Lax; HttpOnly${secure}`
  }
  return bucket(percent.salt, visitor) < limit
}
