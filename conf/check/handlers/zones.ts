// The directives that live in shared memory: limits, TLS sessions, upstreams.
import type { Call } from '../call.ts'
import { readNumber, readSize } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { PAGE, readZone, useZone, type ZoneArgument } from './shared.ts'

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
}
