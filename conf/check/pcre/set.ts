// Character sets, `[…]`: their ranges, classes and escapes. Knows nothing outside the brackets.

import { type Reading, Refused } from './reading.ts'

const POSIX = /^(?:alpha|lower|upper|alnum|ascii|blank|cntrl|digit|graph|print|punct|space|word|xdigit)$/

/** A character, a class, a class that may be something else to PCRE2, or what is not judged. */
type Item = number | 'class' | 'uncertain' | 'nothing'

/** Reads from `[` to behind its `]`. */
export function readSet(reading: Reading): void {
  const text = reading.text
  reading.at++
  if (text[reading.at] === '^') reading.at++
  let first = true
  let previous: Item | undefined
  let range = false
  for (;;) {
    const char = text[reading.at]
    if (char === undefined) throw new Refused('missing terminating ] for character class', text.length)
    if (char === ']' && !first) {
      reading.at++
      return
    }
    first = false
    if (char === '-' && previous !== undefined && !range && text[reading.at + 1] !== ']') {
      if (typeof previous === 'string') throw new Refused('invalid range in character class', reading.at)
      range = true
      reading.at++
      continue
    }
    const item = readItem(reading)
    if (item === 'nothing') continue
    if (range && item === 'uncertain') {
      reading.at = closing(text, reading.at) + 1
      return
    }
    if (range && item === 'class') {
      throw new Refused('invalid range in character class', Math.min(reading.at, text.length))
    }
    if (
      range &&
      typeof previous === 'number' &&
      typeof item === 'number' &&
      firstByte(item) < lastByte(previous)
    ) {
      throw new Refused('range out of order in character class', reading.at - 1)
    }
    previous = range ? undefined : item
    range = false
  }
}

function readItem(reading: Reading): Item {
  const text = reading.text
  const char = text[reading.at] as string
  if (char === '[' && /[:.=]/.test(text[reading.at + 1] ?? '')) {
    const mark = text[reading.at + 1] as string
    const end = text.indexOf(`${mark}]`, reading.at + 2)
    const inside = end === -1 ? undefined : text.slice(reading.at + 2, end)
    if (inside !== undefined && !/[\]\\]/.test(inside)) {
      if (mark !== ':') throw new Refused('POSIX collating elements are not supported', reading.at)
      if (!POSIX.test(inside.replace(/^\^/, '')))
        throw new Refused('unknown POSIX class name', reading.at + 2)
      reading.at = end + 2
      return 'class'
    }
  }
  if (char !== '\\') {
    reading.at++
    return char.charCodeAt(0)
  }
  const next = text[reading.at + 1]
  if (next === undefined) throw new Refused('\\ at end of pattern', text.length)
  reading.at += 2
  if (next === 'E') return 'nothing'
  if (next === 'Q') {
    const end = text.indexOf('\\E', reading.at)
    reading.at = end === -1 ? text.length : end + 2
    return 'nothing'
  }
  if (/[xopPNcug0-9bk]/.test(next)) {
    const braced = /^\{[^}]*\}/.exec(text.slice(reading.at, reading.at + 40))
    if (braced !== null) reading.at += braced[0].length
    else if (next === 'x')
      reading.at += /^[0-9a-fA-F]{0,2}/.exec(text.slice(reading.at, reading.at + 2))?.[0].length ?? 0
    else if (/\d/.test(next))
      reading.at += /^[0-7]{0,2}/.exec(text.slice(reading.at, reading.at + 2))?.[0].length ?? 0
    else if (next === 'c') reading.at++
    return /[pPNR]/.test(next) ? 'uncertain' : 'nothing'
  }
  if (/[BRX]/.test(next)) throw new Refused('escape sequence is invalid in character class', reading.at - 1)
  if (/[dDsSwWhHvV]/.test(next)) return 'class'
  const code = { n: 10, r: 13, t: 9, f: 12, e: 27, a: 7 }[next]
  return code ?? next.charCodeAt(0)
}

/** nginx compiles patterns as bytes: a range ends with the first byte of a character … */
const firstByte = (code: number): number =>
  code < 0x80
    ? code
    : code < 0x800
      ? 0xc0 | (code >> 6)
      : code >= 0xd800 && code < 0xe000
        ? 0xf0
        : 0xe0 | (code >> 12)

/** … and begins with the last byte of one. */
const lastByte = (code: number): number => (code < 0x80 ? code : 0x80 | (code & 0x3f))

/** Where a set that begins at `from` ends; a `]` that comes first is one of its characters. */
export function endOfSet(text: string, from: number): number {
  let at = from + 1
  if (text[at] === '^') at++
  if (text[at] === ']') at++
  return closing(text, at)
}

/** The `]` that comes next, escapes left out. */
function closing(text: string, from: number): number {
  let at = from
  while (at < text.length && text[at] !== ']') at += text[at] === '\\' ? 2 : 1
  return at
}
