// Whether a regex matches a text, found out with JavaScript's matcher, which hostile patterns must not keep busy.

import type { AST } from '@eslint-community/regexpp'
import { ANY, NONE } from '../chars.ts'
import { charsIn } from './holds.ts'
import { type Regex, visit } from './read.ts'

/** A pattern with more repetitions is not run at all: V8 can hang while it compiles one. */
const MANY_QUANTIFIERS = 40

/** JavaScript's matcher could take for ever: repetitions inside repetitions, unless something separates the rounds. */
function runnable(pattern: AST.Pattern): 'always' | 'seldom' | 'never' {
  let quantifiers = 0
  let found = false
  visit(pattern, (node) => {
    if (node.type !== 'Quantifier') return
    quantifiers++
    if (node.max < 2 || node.element.type === 'Character') return
    if (node.element.type !== 'Group' && node.element.type !== 'CapturingGroup') return
    if (!separated(node.element.alternatives)) found = true
  })
  return quantifiers > MANY_QUANTIFIERS ? 'never' : found ? 'seldom' : 'always'
}

/** Each round of `([a-z0-9-]+\.)*` ends in a character that its repetition cannot take; alternatives begin differently. */
function separated(alternatives: AST.Alternative[]): boolean {
  const starts = alternatives.map((one) => (one.elements[0] === undefined ? ANY : charsIn(one.elements[0])))
  if (starts.some((a, i) => starts.some((b, j) => i < j && (a & b) !== 0n))) return false
  return alternatives.every(({ elements }) => {
    let inner = NONE
    let repeats = false
    for (const element of elements) {
      visit(element, (node) => {
        if (node.type !== 'Quantifier') return
        repeats = true
        inner |= charsIn(node.element)
      })
    }
    if (!repeats) return elements.length > 0
    const one = (element: AST.Element): boolean =>
      element.type === 'Character' || element.type === 'CharacterClass' || element.type === 'CharacterSet'
    return elements.some((element) => one(element) && (charsIn(element) & inner) === 0n)
  })
}

const compiled = new WeakMap<Regex, { js: RegExp; limit: number } | null>()
/** Texts longer than this are not matched; shorter still where repetitions are nested (2^n steps at worst). */
export const MAX_TEXT = 300
export const MAX_RISKY_TEXT = 20

/** Whether the regex matches the text; false when that cannot be found out safely. */
export function matches(regex: Regex, text: string): boolean {
  if (regex.js === undefined || regex.pattern === undefined || text.length > MAX_TEXT) return false
  let ready = compiled.get(regex)
  if (ready === undefined) {
    try {
      const when = runnable(regex.pattern)
      ready =
        when === 'never'
          ? null
          : {
              js: new RegExp(regex.js.source, regex.js.flags),
              limit: when === 'seldom' ? MAX_RISKY_TEXT : MAX_TEXT,
            }
    } catch {
      ready = null
    }
    compiled.set(regex, ready)
  }
  return ready !== null && text.length <= ready.limit && ready.js.test(text)
}
