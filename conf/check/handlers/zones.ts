// Shared memory zones and the directives that name them: limits, caches, session caches.
import type { Call } from '../call.ts'
import type { World } from '../level.ts'
import { problemAt } from '../problem.ts'
import { readNumber, readOffset, readSize, readTime } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'

export const PAGE = 4096

/** Names a zone, as ngx_shared_memory_add: with its size where it is made, without where it is used. */
export function useZone(
  call: Call,
  name: string,
  size: number | undefined,
  use: string,
  at?: number,
): boolean {
  const known = call.world.zones.get(name)
  if (known === undefined) {
    call.world.zones.set(name, {
      use,
      size,
      directive: call.directive,
      module: call.form.module,
      made: false,
    })
    return true
  }
  if (known.use !== use) {
    call.fail(`the shared memory zone "${name}" is already declared for a different use`, at, 'conflict')
    return false
  }
  if (known.size === undefined) known.size = size
  else if (size !== undefined && size !== known.size) {
    const message = `the size ${size} of shared memory zone "${name}" conflicts with already declared size ${known.size}`
    call.fail(message, at, 'conflict')
    return false
  }
  return true
}

/** Zones that are used and never made; asked when everything has been read. */
export function reportMissingZones(world: World) {
  if (!world.whole || world.foreign) return
  for (const [name, { size, directive, use }] of world.zones) {
    if (size !== undefined || use.endsWith('_cache')) continue
    world.problems.push(
      problemAt(
        directive,
        `zero size shared memory zone "${name}"`,
        undefined,
        'reference',
        'error',
        `no directive gives "${name}" a size`,
      ),
    )
  }
}

type ZoneArgument = { name: string; size: number }

function readZone(call: Call, index: number, prefix: string, what: string): ZoneArgument | undefined {
  const word = call.arg(index)
  const [, name = '', sizeText] = /^([^:]*)(?::(.*))?$/s.exec(word.slice(prefix.length)) ?? []
  const size = sizeText === undefined ? undefined : readSize(sizeText)
  if (size === undefined) {
    call.fail(`invalid ${what} size "${word}"`, index)
    return undefined
  }
  return { name, size }
}

const limitZone =
  (use: string, rates: boolean): Handler =>
  (call) => {
    useText(call, 0)
    let zone: ZoneArgument | undefined
    for (let index = 1; index < call.args.length && !call.failed; index++) {
      const word = call.arg(index)
      if (word.startsWith('zone=')) {
        zone = readZone(call, index, 'zone=', 'zone')
        if (zone !== undefined && zone.size < 8 * PAGE) call.fail(`zone "${word}" is too small`, index)
      } else if (rates && word.startsWith('rate=')) {
        if (!readNumber(word.slice(5).replace(/r\/[sm]$/, ''))) call.fail(`invalid rate "${word}"`, index)
      } else call.fail(`invalid parameter "${word}"`, index)
    }
    if (call.failed) return
    if (zone === undefined || zone.name === '') return call.fail(`"${call.name}" must have "zone" parameter`)
    if (!useZone(call, zone.name, zone.size, use)) return
    const known = call.world.zones.get(zone.name)
    if (known?.made === true) {
      call.fail(
        `${call.name} "${zone.name}" is already bound to key "${known.directive.args[0]?.value}"`,
        undefined,
        'duplicate',
      )
    } else if (known !== undefined) {
      known.made = true
      known.directive = call.directive
    }
  }

const limitReq: Handler = (call) => {
  let zone: string | undefined
  for (const [index, word] of call.args.entries()) {
    if (word.startsWith('zone=')) {
      zone = word.slice(5)
      if (!useZone(call, zone, undefined, 'limit_req', index)) return
    } else if (word.startsWith('burst=')) {
      if (!readNumber(word.slice(6))) return call.fail(`invalid burst value "${word}"`, index)
    } else if (word.startsWith('delay=')) {
      if (!readNumber(word.slice(6))) return call.fail(`invalid delay value "${word}"`, index)
    } else if (word !== 'nodelay') return call.fail(`invalid parameter "${word}"`, index)
  }
  if (zone === undefined) return call.fail(`"${call.name}" must have "zone" parameter`)
  once(call, `limit_req ${zone}`)
}

const limitConn =
  (use: string): Handler =>
  (call) => {
    const [zone = '', count = ''] = call.args
    if (!useZone(call, zone, undefined, use, 0)) return
    once(call, `${use} ${zone}`)
    if (call.failed) return
    const number = readNumber(count)
    if (!number) call.fail(`invalid number of connections "${count}"`, 1)
    else if (number > 65_535) call.fail('connection limit must be less 65536', 1)
  }

/** A zone may be named once in a block. */
function once(call: Call, key: string) {
  if (call.level.seen.has(key)) call.duplicate()
  else call.level.seen.set(key, call.directive)
}

/** A folder belongs to one cache, or to temporary files of one depth. */
export function claimPath(call: Call, path: string, levels: string | undefined) {
  const { paths } = call.world
  const first = paths.get(path)
  if (first === undefined) {
    paths.set(path, { directive: call.directive, levels })
    return
  }
  const { file, stop } = first.directive
  const place = `${file}:${stop.line}`
  if (levels === undefined || first.levels === undefined)
    call.fail(`the same path name "${path}" used in ${place} and`, 0, 'conflict')
  else if (levels !== first.levels)
    call.fail(`the same path name "${path}" in ${place} has the different levels than`, 0, 'conflict')
}

const PATH_NUMBERS = ['loader_files=', 'manager_files=']
const PATH_TIMES = ['loader_sleep=', 'loader_threshold=', 'manager_sleep=', 'manager_threshold=']

const cachePath: Handler = (call) => {
  let zone: ZoneArgument | undefined
  for (let index = 1; index < call.args.length && !call.failed; index++) {
    const word = call.arg(index)
    const value = word.slice(word.indexOf('=') + 1)
    const named = (names: readonly string[]): boolean => names.some((name) => word.startsWith(name))
    const refuse = (what: string): void => call.fail(`invalid ${what} value "${word}"`, index)
    const name = word.slice(0, word.indexOf('='))
    if (named(['levels='])) {
      if (!/^(?:[12](?::[12]){0,2})?$/.test(value)) call.fail(`invalid "levels" "${word}"`, index)
    } else if (named(['use_temp_path='])) {
      if (value !== 'on' && value !== 'off') {
        call.fail(`invalid use_temp_path value "${word}", it must be "on" or "off"`, index)
      }
    } else if (named(['keys_zone='])) {
      zone = readZone(call, index, 'keys_zone=', 'keys zone')
      if (zone !== undefined && zone.size < 2 * PAGE) call.fail(`keys zone "${word}" is too small`, index)
    } else if (named(['inactive='])) {
      if (readTime(value, true) === undefined) refuse(name)
    } else if (named(['max_size=', 'min_free='])) {
      if (readOffset(value) === undefined) refuse(name)
    } else if (named(PATH_NUMBERS)) {
      if (readNumber(value) === undefined) refuse(name)
    } else if (named(PATH_TIMES)) {
      if (readTime(value, false) === undefined) refuse(name)
    } else if (
      !/^(?:purger|purger_files|purger_sleep|purger_threshold)=/.test(word) ||
      call.world.minor < 99
    ) {
      call.fail(`invalid parameter "${word}"`, index)
    }
  }
  if (call.failed) return
  if (zone === undefined || zone.name === '' || zone.size === 0) {
    return call.fail(`"${call.name}" must have "keys_zone" parameter`)
  }
  const use = call.name.replace(/_path$/, '')
  const path = call.arg(0).replace(/\/$/, '')
  claimPath(call, path, undefined)
  if (call.failed) return
  if (!useZone(call, zone.name, zone.size, use)) return
  const known = call.world.zones.get(zone.name)
  if (known?.made === true) call.fail(`duplicate zone "${zone.name}"`, undefined, 'duplicate')
  else if (known !== undefined) known.made = true
}

/** `proxy_cache zone` and its cousins. */
const cache: Handler = (call) => {
  const [zone = ''] = call.args
  const store = call.name.replace('_cache', '_store')
  if (call.isDuplicate) return call.duplicate()
  if (zone === 'off') return
  const stored = call.level.last.get(store)
  if (stored !== undefined && stored.args[0]?.value !== 'off')
    return call.says(`is incompatible with "${store}"`, 'conflict')
  if (zone.includes('$')) return useText(call, 0)
  if (!useZone(call, zone, undefined, call.name, 0)) return
  const { world, family, name } = call
  family?.atEnd.push(() => {
    const known = world.zones.get(zone)
    if (known?.made === true || !world.whole) return
    family.fails(world, `"${name}" zone "${zone}" is unknown`, call.directive, 'reference')
  })
}

const store: Handler = (call) => {
  const cached = call.name.replace('_store', '_cache')
  if (call.isDuplicate) return call.duplicate()
  if (call.arg(0) === 'off') return
  const other = call.level.last.get(cached)
  if (other !== undefined && other.args[0]?.value !== 'off')
    return call.says(`is incompatible with "${cached}"`, 'conflict')
  if (call.arg(0) === '' && call.world.minor >= 29) call.fail('empty path', 0)
  else if (call.arg(0) !== 'on') useText(call, 0)
}

const cacheValid: Handler = (call) => {
  const last = call.args.length - 1
  if (readTime(call.arg(last), true) === undefined)
    return call.fail(`invalid time value "${call.arg(last)}"`, last)
  for (const [index, word] of call.args.slice(0, -1).entries()) {
    const status = readNumber(word)
    if (word !== 'any' && (status === undefined || status < 100 || status > 599)) {
      return call.fail(`invalid status "${word}"`, index)
    }
  }
}

const sessionCache =
  (use: string): Handler =>
  (call) => {
    for (const [index, word] of call.args.entries()) {
      if (word === 'off' || word === 'none' || word === 'builtin') continue
      const invalid = (): void => call.fail(`invalid session cache "${word}"`, index)
      if (word.startsWith('builtin:')) {
        if (readNumber(word.slice(8)) === undefined) return invalid()
      } else if (word.startsWith('shared:')) {
        const found = /^shared:([^:]+):(.*)$/s.exec(word)
        const size = found === null ? undefined : readSize(found[2] as string)
        if (found === null || size === undefined) return invalid()
        if (size < 8 * PAGE) return call.fail(`session cache "${word}" is too small`, index)
        if (!useZone(call, found[1] as string, size, use, index)) return
      } else return invalid()
    }
  }

const upstreamZone =
  (use: string): Handler =>
  (call) => {
    const [name = '', sizeText] = call.args
    if (name === '') return call.fail(`invalid zone name "${name}"`, 0)
    const size = sizeText === undefined ? undefined : readSize(sizeText)
    if (sizeText !== undefined && size === undefined) return call.fail(`invalid zone size "${sizeText}"`, 1)
    if (size !== undefined && size < 8 * PAGE) return call.fail(`zone "${name}" is too small`, 0)
    useZone(call, name, size, use, 0)
  }

const MODULES = ['proxy', 'fastcgi', 'uwsgi', 'scgi']

export const zones: Record<string, Handler> = {
  'HTTP:limit_req_zone': limitZone('limit_req', true),
  'HTTP:limit_conn_zone': limitZone('limit_conn', false),
  'STRM:limit_conn_zone': limitZone('stream limit_conn', false),
  'HTTP:limit_req': limitReq,
  'HTTP:limit_conn': limitConn('limit_conn'),
  'STRM:limit_conn': limitConn('stream limit_conn'),
  'HTTP:ssl_session_cache': sessionCache('http ssl'),
  'STRM:ssl_session_cache': sessionCache('stream ssl'),
  'MAIL:ssl_session_cache': sessionCache('mail ssl'),
  'HTTP:zone': upstreamZone('http upstream'),
  'STRM:zone': upstreamZone('stream upstream'),
  ...Object.fromEntries(
    MODULES.flatMap((module) => [
      [`HTTP:${module}_cache_path`, cachePath],
      [`HTTP:${module}_cache`, cache],
      [`HTTP:${module}_store`, store],
      [`HTTP:${module}_cache_valid`, cacheValid],
    ]),
  ),
}
