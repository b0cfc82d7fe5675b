// What a variable may hold at one place of the configuration: followed through set, map, geo, split_clients and regex
// captures to what the client sends. Pure.

import { ANY, charsOf, HEADER, NONE } from '../chars.ts'
import { groupChars } from '../regex/holds.ts'
import { capturingGroups, type Regex, readRegex } from '../regex/read.ts'
import { beginsWith, fixedTexts } from '../regex/texts.ts'
import type { Statement } from '../statement.ts'
import { pieces } from '../value.ts'
import { builtin, hostChars } from './builtin.ts'
import { captureProviders } from './captures.ts'
import { narrowed, wholeMatch } from './narrow.ts'
import { fixed, freeOf, join, SERVER, type Taint } from './taint.ts'

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
  return narrowed(name, at, builtin(name, at, scope.strictHost))
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

function captureTaint(index: number, at: Statement, scope: Scope, depth: number): Taint {
  const providers = captureProviders(at).filter(
    (one) => one.regex.groups >= index || one.regex.js === undefined,
  )
  if (providers.length === 0) return { chars: NONE, client: false, unknown: true }
  return join(providers.map((one) => groupTaint(one.regex, index, one.subject, one.at, scope, depth)))
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
