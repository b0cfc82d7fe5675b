// nginx's readers of numbers, sizes and times (ngx_string.c, ngx_parse.c). undefined is nginx's NGX_ERROR.

const MAX = 2n ** 63n - 1n

/** Digits only, as ngx_atoi. */
export function readNumber(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined
  const value = BigInt(text)
  return value > MAX ? undefined : Number(value)
}

function scaled(text: string, units: string): number | undefined {
  const unit = units.indexOf(text.at(-1)?.toUpperCase() ?? '')
  const digits = unit >= 0 && text !== '' ? text.slice(0, -1) : text
  const value = readNumber(digits)
  if (value === undefined) return undefined
  const factor = 1024 ** (unit + 1)
  return BigInt(digits) * BigInt(factor) > MAX ? undefined : value * factor
}

/** `8k`, `1M`: no G. */
export const readSize = (text: string): number | undefined => scaled(text, 'KM')

/** `8k`, `1M`, `2g`. */
export const readOffset = (text: string): number | undefined => scaled(text, 'KMG')

const UNITS: Record<string, [step: number, seconds: number]> = {
  y: [1, 31_536_000],
  M: [2, 2_592_000],
  w: [3, 604_800],
  d: [4, 86_400],
  h: [5, 3600],
  m: [6, 60],
  s: [7, 1],
}
const MSEC_STEP = 8

/** `1h 30m`, `500ms`, `1y`: in milliseconds, or in seconds where nginx counts seconds (then `ms` is refused and `y` taken). */
export function readTime(text: string, inSeconds: boolean): number | undefined {
  let step = inSeconds ? 0 : 2
  let total = 0
  let digits = ''
  let valid = false
  let at = 0
  while (at < text.length) {
    const char = text[at] as string
    at++
    if (char >= '0' && char <= '9') {
      digits += char
      valid = true
      continue
    }
    const value = digits === '' ? 0 : readNumber(digits)
    if (value === undefined) return undefined
    if (char === 'm' && text[at] === 's') {
      if (inSeconds || step >= MSEC_STEP) return undefined
      at++
      step = MSEC_STEP
      total += value
    } else if (char === ' ') {
      if (step >= 7) return undefined
      step = 9
      total += value * (inSeconds ? 1 : 1000)
    } else {
      const unit = Object.hasOwn(UNITS, char) ? UNITS[char] : undefined
      if (unit === undefined || (char === 'y' ? step > 0 : step >= unit[0])) return undefined
      step = unit[0]
      total += value * unit[1] * (inSeconds ? 1 : 1000)
    }
    digits = ''
    while (text[at] === ' ') at++
  }
  if (!valid) return undefined
  const rest = digits === '' ? 0 : readNumber(digits)
  if (rest === undefined) return undefined
  total += rest * (inSeconds ? 1 : 1000)
  return total > Number(MAX) ? undefined : total
}

export const isFlag = (text: string): boolean => /^(?:on|off)$/i.test(text)

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

export function isIpv4(text: string): boolean {
  const found = IPV4.exec(text)
  return found?.slice(1).every((part) => Number(part) < 256) ?? false
}

export function isIpv6(text: string): boolean {
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':')) return false
  let groups = text
  let room = 8
  const last = text.slice(text.lastIndexOf(':') + 1)
  if (last.includes('.')) {
    if (!isIpv4(last)) return false
    groups = `${text.slice(0, text.lastIndexOf(':'))}:0:0`
    if (text.slice(0, text.lastIndexOf(':') + 1).endsWith('::'))
      groups = `${text.slice(0, text.lastIndexOf(':') + 1)}0:0`
  }
  const halves = groups.split('::')
  if (halves.length > 2) return false
  const counted = halves.map((half) => (half === '' ? [] : half.split(':')))
  if (!counted.flat().every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false
  if (halves.length === 2) room -= 1
  const count = counted.flat().length
  return halves.length === 2 ? count <= room : count === 8
}

/** An address with or without a mask, as ngx_ptocidr. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/')
  if (slash === -1) return isIpv4(text) || isIpv6(text)
  const address = text.slice(0, slash)
  const mask = readNumber(text.slice(slash + 1))
  if (mask === undefined) return false
  return isIpv4(address) ? mask <= 32 : isIpv6(address) && mask <= 128
}
