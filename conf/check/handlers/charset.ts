// charset, source_charset and the charset_map that has to lead from one to the other. Names are compared without case.
import type { Level, World } from '../level.ts'
import { useVariable } from '../variables.ts'
import type { Handler } from './core.ts'

const charset: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (/^\$\w+$/.test(call.arg(0))) useVariable(call, 0, call.arg(0).slice(1))
}

const charsetMap: Handler = (call) => {
  const pair = call.args.map((name) => name.toLowerCase())
  const [from = '', to = ''] = call.args
  if (pair[0] === pair[1]) return call.fail(`"charset_map" between the same charsets "${from}" and "${to}"`)
  const { family } = call
  const key = pair.sort().join(' ')
  if (family?.charsetMaps.has(key))
    call.fail(`duplicate "charset_map" between "${from}" and "${to}"`, undefined, 'duplicate')
  family?.charsetMaps.add(key)
}

const named = (level: Level, directive: 'charset' | 'source_charset'): string => {
  const value = level.inherited(directive)?.args[0]?.value.toLowerCase() ?? 'off'
  return value.startsWith('$') ? 'off' : value
}

/** Asked of every server and of every level in it that sets one of the two, when http{} is complete. */
export function checkCharsets(level: Level, world: World) {
  const { http } = world
  const own = level.last.get('charset') ?? level.last.get('source_charset')
  const cause = level.kind === 'server' ? (own ?? level.inherited('charset')) : own
  if (http === undefined || cause === undefined || !world.whole) return
  const [to, from] = [named(level, 'charset'), named(level, 'source_charset')]
  if (to === 'off' || from === 'off' || to === from || http.charsetMaps.has([from, to].sort().join(' ')))
    return
  http.fails(world, `no "charset_map" between the charsets "${from}" and "${to}"`, cause, 'reference')
}

export const charsets: Record<string, Handler> = {
  'HTTP:charset': charset,
  'HTTP:source_charset': charset,
  'HTTP:charset_map': charsetMap,
}
