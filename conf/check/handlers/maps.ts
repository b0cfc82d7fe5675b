// map, geo, split_clients, types and charset_map: their heads and the entries in their bodies.
import type { Directive } from '../../node.ts'
import { Call } from '../call.ts'
import type { Level, World } from '../level.ts'
import { isCidr, isIpv4 } from '../values.ts'
import { defineVariable, useText, useVariable } from '../variables.ts'
import type { Handler } from './core.ts'
import { tooLongForHash } from './hash.ts'
import { HostKeys } from './host-keys.ts'
import { useRegex } from './rewrite.ts'

/** Looks at the entries of one block, each given as a call whose name is the key. */
type Body = (entries: Call[], owner: Call) => void

const map: Handler = (call) => {
  useText(call, 0)
  if (!call.failed) defineVariable(call, 1)
}

const geo: Handler = (call) => {
  const last = call.args.length - 1
  if (last === 1) {
    if (!call.arg(0).startsWith('$'))
      return call.fail(`invalid variable name "${call.arg(0)}"`, 0, 'variable')
    useVariable(call, 0, call.arg(0).slice(1))
  }
  defineVariable(call, last)
}

const splitClients: Handler = (call) => {
  useText(call, 0)
  if (!call.failed) defineVariable(call, 1)
}

const mapBody: Body = (entries, owner) => {
  let fallback = false
  const keys = new Set<string>()
  let hostnames = false
  const hosts = new HostKeys()
  for (const entry of entries) {
    const key = entry.name
    if (entry.args.length === 0 && key === 'hostnames') hostnames = true
    if (entry.args.length === 0 && (key === 'hostnames' || key === 'volatile')) continue
    if (entry.args.length !== 1) {
      entry.fail('invalid number of the map parameters', undefined, 'arguments')
      continue
    }
    if (key === 'include') continue
    useText(entry, 0)
    if (entry.failed) continue
    if (key === 'default') {
      if (fallback) entry.fail('duplicate default map parameter', undefined, 'duplicate')
      fallback = true
    } else if (key.startsWith('~')) {
      const pattern = key.startsWith('~*') ? key.slice(2) : key.slice(1)
      useRegex(entry, -1, pattern)
    } else {
      const wanted = (key.startsWith('\\') ? key.slice(1) : key).toLowerCase()
      const stars = wanted.split('*').length - 1
      const anywhere = /^\*\.|\.\*$/.test(wanted)
      if (hostnames && (stars > 1 || wanted.includes('..') || (stars === 1 && !anywhere))) {
        entry.fail(`invalid hostname or wildcard "${key}"`)
        continue
      }
      const wild = hostnames && (wanted.startsWith('*.') || wanted.startsWith('.') || wanted.endsWith('.*'))
      if (hostnames ? !hosts.add(wanted) || (!wild && keys.has(wanted)) : keys.has(wanted))
        entry.fail(`conflicting parameter "${key}"`, undefined, 'duplicate')
      const long = wild ? undefined : tooLongForHash(owner.level, 'map', wanted)
      if (long !== undefined) return owner.blockFails(long, 'value', `the key "${key}" does not fit`)
      if (!wild) keys.add(wanted)
    }
  }
}

const ipNumber = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

const isRange = (text: string): boolean => {
  const [from = '', to, ...more] = text.split('-')
  return more.length === 0 && isIpv4(from) && to !== undefined && isIpv4(to) && ipNumber(from) <= ipNumber(to)
}

const geoBody: Body = (entries) => {
  let ranges = false
  let networks = false
  const spans: Ranged[] = []
  for (const entry of entries) {
    const [value = ''] = entry.args
    if (entry.args.length === 0 && (entry.name === 'ranges' || entry.name === 'proxy_recursive')) {
      if (entry.name === 'ranges' && networks) {
        entry.fail(
          'the "ranges" directive must be the first directive inside "geo" block',
          undefined,
          'structure',
        )
      }
      ranges ||= entry.name === 'ranges'
      continue
    }
    if (entry.args.length !== 1) {
      entry.fail('invalid number of the geo parameters', undefined, 'arguments')
      continue
    }
    if (entry.name === 'include') continue
    if (entry.name === 'proxy') {
      if (!isCidr(value) && value !== '255.255.255.255') entry.fail(`invalid network "${value}"`, 0)
      continue
    }
    if (entry.name === 'default') {
      networks ||= !ranges
      continue
    }
    const network = entry.name === 'delete' ? value : entry.name
    if (ranges) {
      if (!isRange(network)) entry.fail(`invalid range "${network}"`)
      else if (entry.name !== 'delete') spans.push({ entry, text: network })
      continue
    }
    networks = true
    if (!isCidr(network)) entry.fail(`invalid network "${network}"`)
  }
  reportOverlaps(spans)
}

type Ranged = { entry: Call; text: string }

/** A range may lie inside another, or be the same; it may not begin in one and end outside of it. */
function reportOverlaps(spans: readonly Ranged[]) {
  const read = spans.map((span, index) => {
    const [from = '', to = ''] = span.text.split('-')
    return { ...span, index, from: ipNumber(from), to: ipNumber(to) }
  })
  read.sort((a, b) => a.from - b.from || b.to - a.to)
  const open: typeof read = []
  for (const one of read) {
    while (open.length > 0 && (open.at(-1) as (typeof read)[number]).to < one.from) open.pop()
    const around = open.at(-1)
    if (around !== undefined && one.to > around.to && one.from > around.from) {
      const [first, second] = one.index > around.index ? [around, one] : [one, around]
      second.entry.fail(`range "${second.text}" overlaps "${first.text}"`, undefined, 'conflict')
      return
    }
    open.push(one)
  }
}

const splitBody: Body = (entries, owner) => {
  let total = 0
  for (const entry of entries) {
    const rest = entry.name === '*'
    const found = /^(\d*)(?:\.(\d{0,2}))?%$/.exec(entry.name)
    const percent = found === null ? 0 : Number(found[1]) * 100 + Number((found[2] ?? '').padEnd(2, '0'))
    if (percent === 0 && !rest) entry.fail(`invalid percent value "${entry.name}"`)
    // `*` is all that is left: nothing may follow it.
    total = rest ? Math.max(total, 10_000) : total + percent
    if (total > 10_000) {
      owner.blockFails('percent total is greater than 100%')
      return
    }
  }
}

const typesBody: Body = (entries) => {
  for (const entry of entries) {
    if (entry.name === 'include' && entry.args.length !== 1) {
      entry.fail('invalid number of arguments in "include" directive', undefined, 'arguments')
    }
  }
}

const isByte = (text: string): boolean => /^[0-9a-fA-F]{1,2}$/.test(text)

const charsetBody: Body = (entries, owner) => {
  const wide = owner.arg(1).toLowerCase() === 'utf-8'
  for (const entry of entries) {
    if (entry.args.length !== 1) entry.fail('invalid parameters number', undefined, 'arguments')
    else if (!isByte(entry.name)) entry.fail(`invalid value "${entry.name}"`)
    else if (!wide && !isByte(entry.arg(0))) entry.fail(`invalid value "${entry.arg(0)}"`, 0)
    else if (wide && !/^(?:[0-9a-fA-F]{2}){1,4}$/.test(entry.arg(0)))
      entry.fail(`invalid value "${entry.arg(0)}"`, 0)
  }
}

/** geoip2 databases: `$variable default=x source=$y country names en;` and `auto_reload`. */
const geoip2Body: Body = (entries) => {
  for (const entry of entries) {
    if (entry.name.startsWith('$')) entry.family?.defined.add(entry.name.slice(1).toLowerCase())
  }
}

export const maps: Record<string, Handler> = {
  'HTTP:map': map,
  'STRM:map': map,
  'HTTP:geo': geo,
  'STRM:geo': geo,
  'HTTP:split_clients': splitClients,
  'STRM:split_clients': splitClients,
}

const BODIES: Record<string, Body> = {
  map: mapBody,
  geo: geoBody,
  split_clients: splitBody,
  types: typesBody,
  charset_map: charsetBody,
  geoip2: geoip2Body,
}

/** Whether a block of this name holds entries which its module reads. */
export const hasEntries = (name: string): boolean => Object.hasOwn(BODIES, name)

export function checkEntries(owner: Call, entries: Directive[], level: Level, world: World) {
  const calls: Call[] = []
  for (const entry of entries) {
    const call = new Call(entry, owner.form, level, world)
    if (entry.terminator === '{') call.fail('unexpected "{"', undefined, 'structure')
    else if (entry.terminator === ';') calls.push(call)
  }
  BODIES[owner.name]?.(calls, owner)
}
