// The length of a lookbehind. Which limits PCRE2 takes differs between its versions; that there is one does not.

import { Refused } from './reading.ts'
import { endOfSet } from './set.ts'

/** Refuses the lookbehind that begins at `start` when nothing limits its length. */
export function checkLookbehind(text: string, start: number): void {
  let depth = 0
  for (let at = start; at < text.length; at++) {
    const char = text[at]
    if (char === '\\') {
      if (text[at + 1] === 'Q') return
      at++
    } else if (char === '[') {
      at = endOfSet(text, at)
    } else if (char === '(') {
      if (text[at + 1] === '*' || (/^\(\?(?:[<!=]|<=|<!)/.test(text.slice(at, at + 4)) && at > start)) return
      depth++
      if (text.startsWith('(?#', at)) return
      if (text[at + 1] === '?') at++
    } else if (char === ')') {
      depth--
      if (depth === 0) return
    } else if (char === '*' || char === '+' || /^\{\d+,\}/.test(text.slice(at, at + 12))) {
      if (char === '+' && /[*+?}]/.test(text[at - 1] ?? '')) continue
      throw new Refused('lookbehind assertion is not fixed length', start)
    }
  }
}
