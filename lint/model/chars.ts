// Sets of characters, as bits: one per ASCII code, one more for everything beyond. Knows nothing of regexes.

export type Chars = bigint

export const BEYOND = 128
export const NONE: Chars = 0n
export const ANY: Chars = (1n << 129n) - 1n

export const char = (code: number): Chars => 1n << BigInt(code > 127 ? BEYOND : code)

export function range(from: number, to: number): Chars {
  let set = NONE
  for (let code = from; code <= Math.min(to, 127); code++) set |= 1n << BigInt(code)
  return to > 127 ? set | char(BEYOND) : set
}

export function charsOf(text: string): Chars {
  let set = NONE
  for (let i = 0; i < text.length; i++) set |= char(text.charCodeAt(i))
  return set
}

export const without = (set: Chars, other: Chars): Chars => set & ~other & ANY
export const holds = (set: Chars, text: string): boolean => (set & charsOf(text)) !== 0n
/** `.` in PCRE does match \r, but a lone \r splits nothing in practice: it is left out so that `(.*)` stays quiet. */
export const DOT: Chars = without(ANY, charsOf('\n\r'))
export const DIGIT = range(48, 57)
export const WORD: Chars = DIGIT | range(65, 90) | range(97, 122) | charsOf('_')
export const SPACE: Chars = charsOf(' \t\n\r\v\f')
/** What a request line or a header can hold: no line ends, no NUL. */
export const HEADER: Chars = without(ANY, charsOf('\n\r\0'))
