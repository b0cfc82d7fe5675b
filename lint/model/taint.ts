// What a variable may hold at one place of the configuration: which characters, whether the client chooses it, and,
// where they are few, the very texts. Follows set, map, geo, split_clients and regex captures. Pure.

import { ANY, type Chars, charsOf, HEADER, NONE, range, without } from './chars.ts'
import { readLocation } from './location.ts'
import { beginsWith, capturingGroups, fixedTexts, groupChars, type Regex, readRegex } from './regex.ts'
import type { Statement } from './statement.ts'
import { pieces, readCondition, variablesOf } from './value.ts'

export type Taint = {
  chars: Chars
  /** The client can choose it (within `chars`). */
  client: boolean
  /** The texts it can be, when that is known. */
  texts?: string[]
  /** What of `chars` the client chooses; without it, all of them when it is a client's. */
  free?: Chars
  /** Fixed text stands beside what the client chooses. */
  part?: true
  /** It begins with a slash. */
  slash?: true
  /** Where nothing defines it. */
  unknown?: true
}

const SERVER: Taint = { chars: NONE, client: false }
const fixed = (texts: string[]): Taint => ({ chars: charsOf(texts.join('')), client: false, texts })

/** The characters that the client may put into it. */
export const freeOf = (taint: Taint): Chars => taint.free ?? (taint.client ? taint.chars : NONE)

/** Decoded by nginx, so %0a has become a line end. */
const DECODED = new Set(
  'uri document_uri request_filename fastcgi_script_name fastcgi_path_info realpath_filename path_info script_name'.split(
    ' ',
  ),
)
const RAW = new Set(
  'request_uri request args query_string host http_host request_body http_referer http_origin http_cookie remote_user proxy_add_x_forwarded_for content_type ssl_server_name ssl_preread_server_name request_method proxy_protocol_addr'.split(
    ' ',
  ),
)

export type Scope = {
  /** `map`, `geo`, `split_clients` blocks by the variable they make. */
  tables: Map<string, Statement[]>
  /** `set` by variable, per enclosing server. */
  sets: Map<string, Statement[]>
  /** Names of servers that can only be reached under a listed name. */
  strictHost: (at: Statement) => boolean
  /** Regexes with a group of this name. */
  named: Map<string, { regex: Regex; subject: string; at: Statement }[]>
}

const DEPTH = 8

export function taintOf(name: string, at: Statement, scope: Scope, depth = DEPTH): Taint {
  if (depth === 0) return SERVER
  if (/^[1-9]$/.test(name)) return captureTaint(Number(name), at, scope, depth)
  const tables = scope.tables.get(name)
  if (tables !== undefined) return join(tables.map((table) => tableTaint(table, scope, depth)))
  const sets = scope.sets.get(name)
  if (sets !== undefined) {
    const near = nearSets(sets, at)
    if (near.length > 0)
      return narrowed(name, at, join(near.map((set) => valueTaint(set.args[1] ?? '', set, scope, depth - 1))))
  }
  const named = scope.named.get(name)?.filter((one) => visible(one.at, at))
  if (named !== undefined && named.length > 0) {
    return narrowed(
      name,
      at,
      join(
        named.map((one) =>
          groupTaint(
            one.regex,
            one.regex.names.get(origName(one.regex, name)) ?? 0,
            one.subject,
            one.at,
            scope,
            depth,
          ),
        ),
      ),
    )
  }
  return narrowed(name, at, builtin(name, at, scope))
}

const origName = (regex: Regex, name: string): string =>
  [...regex.names.keys()].find((known) => known.toLowerCase() === name) ?? name

/** The taint of a whole word: literals and variables together. */
export function valueTaint(value: string, at: Statement, scope: Scope, depth = DEPTH): Taint {
  const parts = pieces(value)
  if (parts.length === 1 && parts[0] !== undefined && 'variable' in parts[0])
    return taintOf(parts[0].variable, at, scope, depth)
  let chars = NONE
  let free = NONE
  let client = false
  let texts: string[] | undefined = ['']
  for (const part of parts) {
    const one: Taint = 'text' in part ? fixed([part.text]) : taintOf(part.variable, at, scope, depth)
    chars |= one.chars
    free |= freeOf(one)
    client ||= one.client
    const more: string[] | undefined = one.texts
    texts =
      texts === undefined || more === undefined || texts.length * more.length > 64
        ? undefined
        : texts.flatMap((a: string) => more.map((b) => a + b))
  }
  const shape = {
    ...(value.startsWith('/') ? { slash: true as const } : {}),
    ...(parts.some((part) => 'text' in part) ? { part: true as const } : {}),
  }
  return texts === undefined ? { chars, client, free, ...shape } : { chars, client, free, texts }
}

function join(all: Taint[]): Taint {
  const chars = all.reduce((set, one) => set | one.chars, NONE)
  const client = all.some((one) => one.client)
  const free = all.reduce((set, one) => set | freeOf(one), NONE)
  const shape = {
    ...(all.length > 0 && all.every((one) => one.slash || one.texts?.every((text) => text.startsWith('/')))
      ? { slash: true as const }
      : {}),
    ...(all.every((one) => !one.client || one.part) ? { part: true as const } : {}),
  }
  if (all.every((one) => one.texts !== undefined))
    return { chars, client, free, texts: all.flatMap((one) => one.texts ?? []) }
  return all.length > 0 && all.every((one) => one.unknown)
    ? { chars, client, unknown: true }
    : { chars, client, free, ...shape }
}

function builtin(name: string, at: Statement, scope: Scope): Taint {
  if (DECODED.has(name)) return uriTaint(at)
  if (name === 'host')
    return scope.strictHost(at)
      ? { chars: HEADER & ~charsOf('\n'), client: false }
      : { chars: hostChars, client: true }
  if (RAW.has(name) || /^(arg|http|cookie)_./.test(name)) return { chars: HEADER, client: true }
  if (name === 'scheme') return fixed(['http', 'https'])
  if (name === 'is_args') return fixed(['', '?'])
  if (/^(?:server|remote)_port$/.test(name)) return { chars: range(48, 57), client: false }
  if (KNOWN.test(name)) return { chars: range(32, 126), client: false }
  return { chars: NONE, client: false, unknown: true }
}

const hostChars = without(HEADER, charsOf('/ \t\\'))
const KNOWN =
  /^(ancient_browser|binary_remote_addr|body_bytes_sent|bytes_sent|connection\w*|content_length|date_gmt|date_local|document_root|realpath_root|geoip2?_\w+|gzip_ratio|hostname|https|http2|http3|invalid_referer|limit_rate|limit_conn_status|limit_req_status|modern_browser|msec|msie|nginx_version|pid|pipe|proxy_host|proxy_port|proxy_protocol_\w+|proxy_internal_\w+|quic|remote_addr|remote_port|request_completion|request_id|request_length|request_time|request_port|secure_link\w*|sent_(http|trailer)_\w+|server_addr|server_name|server_port|server_protocol|session_\w+|slice_range|spdy\w*|ssl_\w+|status|tcpinfo_\w+|time_iso8601|time_local|trailer_\w+|uid_\w+|upstream_\w+|is_request_port|jwt_\w+|otel_\w+|brotli_ratio|zstd_ratio|date|cookie_|arg_|http_|memcached_key|protocol|realip_\w+|proxy_add_via|early_hints|fastcgi_\w+)$/

export const isBuiltin = (name: string): boolean =>
  KNOWN.test(name) ||
  DECODED.has(name) ||
  RAW.has(name) ||
  /^(arg|http|cookie)_./.test(name) ||
  ['host', 'scheme', 'is_args'].includes(name)

/** The decoded URI, as far as the location it stands in says. */
function uriTaint(at: Statement): Taint {
  const location = at.within('location')
  for (const level of at.up()) {
    for (const rewrite of level.all('rewrite')) {
      if (/^\$request_uri\b/.test(rewrite.args[1] ?? '')) return { chars: HEADER, client: true }
    }
    if (level === location) break
  }
  if (location !== undefined && readLocation(location).modifier === '=')
    return fixed([readLocation(location).path])
  return { chars: ANY, client: true }
}

function captureTaint(index: number, at: Statement, scope: Scope, depth: number): Taint {
  const providers = captureProviders(at).filter(
    (one) => one.regex.groups >= index || one.regex.js === undefined,
  )
  if (providers.length === 0) return { chars: NONE, client: false, unknown: true }
  return join(providers.map((one) => groupTaint(one.regex, index, one.subject, one.at, scope, depth)))
}

export type Provider = { regex: Regex; subject: string; at: Statement; positive: boolean }

const REWRITE_PHASE = new Set(['set', 'return', 'rewrite', 'if', 'break'])

/** The regexes whose captures `$1` … can stand for at this place. */
export function captureProviders(at: Statement): Provider[] {
  if (at.name === 'rewrite')
    return [{ regex: readRegex(at.args[0] ?? '', false), subject: 'uri', at, positive: true }]
  const found: Provider[] = []
  let inner: Statement = at
  for (let level = at.parent; level !== undefined; level = level.parent) {
    for (const sibling of level.children) {
      if (sibling === inner || (REWRITE_PHASE.has(inner.name) && sibling.index > inner.index)) continue
      if (sibling.name === 'rewrite')
        found.push({
          regex: readRegex(sibling.args[0] ?? '', false),
          subject: 'uri',
          at: sibling,
          positive: true,
        })
      if (sibling.name === 'if') {
        const own = conditionRegex(sibling)
        if (own !== undefined) found.push({ ...own, positive: false })
        // A regex run inside the branch is over when the request comes here, unless it has set the captures.
        for (const rewrite of sibling.all('rewrite')) {
          found.push({
            regex: readRegex(rewrite.args[0] ?? '', false),
            subject: 'uri',
            at: rewrite,
            positive: true,
          })
        }
      }
    }
    if (level.name === 'if') {
      const own = conditionRegex(level)
      if (own !== undefined) return [own]
    }
    if (level.name === 'location') {
      const match = readLocation(level)
      if (match.modifier === '~' || match.modifier === '~*') {
        found.push({
          regex: readRegex(match.path, match.modifier === '~*'),
          subject: 'uri',
          at: level,
          positive: true,
        })
        // Its captures replace those of server_name and of outer locations.
        return found
      }
    }
    if (level.name === 'server') {
      for (const names of level.all('server_name')) {
        for (const name of names.args) {
          if (name.startsWith('~'))
            found.push({ regex: readRegex(name.slice(1), true), subject: 'host', at: names, positive: true })
        }
      }
    }
    inner = level
  }
  return found
}

/** The regex of an `if`; negative conditions leave captures too, when they do not hold. */
export function conditionRegex(at: Statement): Provider | undefined {
  const condition = readCondition(at.args)
  if (condition === undefined || !/^!?~\*?$/.test(condition.operator)) return undefined
  return {
    regex: readRegex(condition.value, condition.operator.endsWith('*')),
    subject: condition.subject.replace(/^\$\{?|\}$/g, '').toLowerCase(),
    at,
    positive: !condition.operator.startsWith('!'),
  }
}

function groupTaint(
  regex: Regex,
  index: number,
  subject: string,
  at: Statement,
  scope: Scope,
  depth: number,
): Taint {
  const source: Taint =
    subject === 'uri'
      ? { chars: rewrittenRaw(at) ? HEADER : ANY, client: true }
      : subject === 'host'
        ? { chars: hostChars, client: true }
        : taintOf(subject, at, scope, depth - 1)
  if (source.texts !== undefined && !source.client) return { chars: source.chars, client: false }
  const node = regex.pattern === undefined ? undefined : capturingGroups(regex.pattern)[index - 1]
  const texts = node === undefined ? undefined : fixedTexts(node)
  if (texts !== undefined) return { ...fixed(texts), client: false }
  const slash = node !== undefined && beginsWith(node, '/') ? { slash: true as const } : {}
  return { chars: groupChars(regex, index) & source.chars, client: source.client, ...slash }
}

/** An earlier `rewrite ^ $request_uri` put the undecoded URI in place. */
function rewrittenRaw(at: Statement): boolean {
  if (at.name !== 'rewrite' || at.parent === undefined) return false
  return at.parent
    .all('rewrite')
    .some((one) => one.index < at.index && /^\$request_uri\b/.test(one.args[1] ?? ''))
}

function tableTaint(table: Statement, scope: Scope, depth: number): Taint {
  if (table.name === 'split_clients') return fixed(table.entries.map((entry) => entry.args[0] ?? ''))
  const source = table.name === 'map' ? (table.args[0] ?? '') : '$remote_addr'
  const values: Taint[] = []
  for (const entry of table.entries) {
    if (entry.args.length === 0 || entry.name === 'include') continue
    if (table.name === 'geo' && (entry.name === 'proxy' || entry.name === 'delete')) continue
    const value = entry.args[0] as string
    if (table.name === 'geo' || !value.includes('$')) {
      values.push(fixed([value]))
      continue
    }
    const key = entry.name
    const regex = key.startsWith('~') ? readRegex(key.replace(/^~\*?/, ''), key.startsWith('~*')) : undefined
    const from = values.length
    const parts = pieces(value)
    for (const piece of parts) {
      if ('text' in piece) values.push({ chars: charsOf(piece.text), client: false })
      else if (/^[1-9]$/.test(piece.variable)) {
        if (regex !== undefined)
          values.push(mapGroup(regex, Number(piece.variable), source, table, scope, depth))
      } else if (regex?.names.has(origName(regex, piece.variable))) {
        values.push(
          mapGroup(
            regex,
            regex.names.get(origName(regex, piece.variable)) as number,
            source,
            table,
            scope,
            depth,
          ),
        )
      } else if (`$${piece.variable}` === source.toLowerCase() && key !== 'default') {
        // The source itself, but only where the key let it through.
        const whole =
          regex === undefined
            ? fixed([key])
            : wholeMatch(regex, taintOf(piece.variable, table, scope, depth - 1))
        values.push(whole)
      } else values.push(taintOf(piece.variable, table, scope, depth - 1))
    }
    if (parts.some((part) => 'text' in part))
      for (let i = from; i < values.length; i++) values[i] = { ...(values[i] as Taint), part: true }
  }
  // What is not listed becomes the empty string.
  if (!table.entries.some((entry) => entry.name === 'default')) values.push(fixed(['']))
  return join(values)
}

function mapGroup(
  regex: Regex,
  index: number,
  source: string,
  at: Statement,
  scope: Scope,
  depth: number,
): Taint {
  const from = valueTaint(source, at, scope, depth - 1)
  const node = regex.pattern === undefined ? undefined : capturingGroups(regex.pattern)[index - 1]
  const texts = node === undefined ? undefined : fixedTexts(node)
  if (texts !== undefined) return fixed(texts)
  return { chars: groupChars(regex, index) & from.chars, client: from.client }
}

/** A text that a whole, anchored regex let through. */
function wholeMatch(regex: Regex, from: Taint): Taint {
  const anchored = regex.source.startsWith('^') && /(\$|\\z)$/.test(regex.source)
  if (!anchored) return from
  const texts = regex.pattern === undefined ? undefined : fixedTexts(regex.pattern)
  if (texts !== undefined) return fixed(texts)
  return { chars: groupChars(regex, 0) & from.chars, client: from.client }
}

/** The `set`s that can have run before `at` in its own branch; any of the server when there is none nearer. */
function nearSets(sets: Statement[], at: Statement): Statement[] {
  const levels = new Set<Statement>(at.up())
  const server = at.within('server')
  const near = sets.filter((set) => {
    let holder = set.parent
    while (holder !== undefined && holder.name === 'if') holder = holder.parent
    return holder !== undefined && levels.has(holder) && set !== at
  })
  return near.length > 0 ? near : sets.filter((set) => set.within('server') === server && set !== at)
}

/** A named group made here can be read there: the same server, or made at http level (map). */
function visible(made: Statement, at: Statement): boolean {
  const server = made.within('server')
  return server === undefined || server === at.within('server')
}

/** A guard on the variable itself (`if ($x !~ ^…$) { return 4xx; }`) limits what can still come here. */
function narrowed(name: string, at: Statement, taint: Taint): Taint {
  if (!taint.client) return taint
  for (const level of at.up()) {
    if (level.name === 'if') {
      const own = guard(level, name, true)
      if (own !== undefined) return own
    }
    for (const test of level.all('if')) {
      if (test === at || !leaves(test)) continue
      const own = guard(test, name, false)
      if (own !== undefined) return own
    }
  }
  return taint

  function guard(test: Statement, variable: string, holds: boolean): Taint | undefined {
    const condition = readCondition(test.args)
    if (condition === undefined || condition.subject.replace(/[{}]/g, '').toLowerCase() !== `$${variable}`)
      return undefined
    const operator = holds ? condition.operator : flip(condition.operator)
    if (operator === '=' && condition.value !== '')
      return variablesOf(condition.value).length > 0 ? undefined : fixed([condition.value])
    if (operator === '~' || operator === '~*') {
      const regex = readRegex(condition.value, operator === '~*')
      return wholeMatchOrNothing(regex, taint)
    }
    return undefined
  }
}

function wholeMatchOrNothing(regex: Regex, taint: Taint): Taint | undefined {
  const narrowedTaint = wholeMatch(regex, taint)
  return narrowedTaint === taint
    ? undefined
    : { ...narrowedTaint, client: narrowedTaint.texts === undefined && taint.client }
}

const flip = (operator: string): string => (operator.startsWith('!') ? operator.slice(1) : `!${operator}`)

/** The branch ends the request. */
function leaves(test: Statement): boolean {
  return test.all('return').length > 0
}
