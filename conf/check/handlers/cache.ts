// Caches and stores of proxied answers: their folders, their zones, how long what is kept.
import { readNumber, readOffset, readTime } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { claimPath, PAGE, readZone, useZone, type ZoneArgument } from './shared.ts'

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

const MODULES = ['proxy', 'fastcgi', 'uwsgi', 'scgi']

export const caches: Record<string, Handler> = {
  ...Object.fromEntries(
    MODULES.flatMap((module) => [
      [`HTTP:${module}_cache_path`, cachePath],
      [`HTTP:${module}_cache`, cache],
      [`HTTP:${module}_store`, store],
      [`HTTP:${module}_cache_valid`, cacheValid],
    ]),
  ),
}
