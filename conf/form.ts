// One entry of nginx's command tables: where a directive may stand and what it takes. Knows no version and no name.

/** Bits of a directive's mask, as in nginx's ngx_conf_file.h. */
export const ARGS = {
  block: 0x100,
  flag: 0x200,
  any: 0x400,
  oneMore: 0x800,
  twoMore: 0x1000,
  numbers: 0xff,
} as const
const MAX_ARGS = 8

/** Which family of blocks a module serves. CONF is `include`, allowed everywhere. */
export type ModuleType = 'CORE' | 'CONF' | 'EVNT' | 'HTTP' | 'MAIL' | 'STRM' | 'RTMP'

/** One entry of a command table. */
export type Form = {
  name: string
  module: string
  type: ModuleType
  mask: number
  /** nginx's generic value reader (`flag`, `size`, `msec`, `enum` …), the module's own where it has a name, or ''. */
  setter: string
  /** Words of an enum or bitmask. */
  words?: readonly string[]
  bounds?: { low: number; high: number }
  deprecated?: { old: string; new: string }
}

/** What kind of block a directive stands in: the module type it accepts and the bit asked of the mask. */
export type Place = { type: ModuleType; bit: number }

const bit = (index: number): number => 2 ** (24 + index)
export const PLACES = {
  main: { type: 'CORE', bit: bit(0) },
  events: { type: 'EVNT', bit: bit(1) },
  http: { type: 'HTTP', bit: bit(1) },
  server: { type: 'HTTP', bit: bit(2) },
  location: { type: 'HTTP', bit: bit(3) },
  upstream: { type: 'HTTP', bit: bit(4) },
  'if in server': { type: 'HTTP', bit: bit(5) },
  'if in location': { type: 'HTTP', bit: bit(6) },
  limit_except: { type: 'HTTP', bit: bit(7) },
  mail: { type: 'MAIL', bit: bit(1) },
  'mail server': { type: 'MAIL', bit: bit(2) },
  stream: { type: 'STRM', bit: bit(1) },
  'stream server': { type: 'STRM', bit: bit(2) },
  'stream upstream': { type: 'STRM', bit: bit(3) },
  rtmp: { type: 'RTMP', bit: bit(1) },
  'rtmp server': { type: 'RTMP', bit: bit(2) },
  'rtmp application': { type: 'RTMP', bit: bit(3) },
  'rtmp recorder': { type: 'RTMP', bit: bit(4) },
} as const satisfies Record<string, Place>
export type PlaceName = keyof typeof PLACES

/** Bits are above 2^31, so they are asked for by division and not by `&`. */
export const hasBit = (mask: number, wanted: number): boolean => Math.floor(mask / wanted) % 2 === 1

export const allowedIn = (form: Form, place: Place): boolean =>
  (form.type === 'CONF' || form.type === place.type) && hasBit(form.mask, place.bit)

/** Whether the directive takes this many arguments. */
export function takes(form: Form, count: number): boolean {
  const low = form.mask % 0x10000
  if (low & ARGS.any) return true
  if (low & ARGS.flag) return count === 1
  if (low & ARGS.oneMore) return count >= 1
  if (low & ARGS.twoMore) return count >= 2
  return count < MAX_ARGS && (low & (1 << count)) !== 0
}

export const isBlock = (form: Form): boolean => (form.mask & ARGS.block) !== 0

/** The places a directive may stand in, by name. */
export function placesOf(form: Form): PlaceName[] {
  return (Object.keys(PLACES) as PlaceName[]).filter((name) => allowedIn(form, PLACES[name]))
}

/** `exactly 1 argument`, `1 or 2 arguments`, `at least 1 argument`. */
export function describeArguments(form: Form): string {
  const low = form.mask % 0x10000
  if (low & ARGS.any) return 'any number of arguments'
  if (low & ARGS.flag) return '"on" or "off"'
  if (low & ARGS.oneMore) return 'at least 1 argument'
  if (low & ARGS.twoMore) return 'at least 2 arguments'
  const counts = Array.from({ length: MAX_ARGS }, (_, count) => count).filter((count) => takes(form, count))
  if (counts.length === 1)
    return counts[0] === 0 ? 'no arguments' : `exactly ${counts[0]} argument${counts[0] === 1 ? '' : 's'}`
  const ranges = counts.length > 2 && counts.at(-1)! - counts[0]! === counts.length - 1
  return ranges
    ? `${counts[0]} to ${counts.at(-1)} arguments`
    : `${counts.slice(0, -1).join(', ')} or ${counts.at(-1)} arguments`
}
