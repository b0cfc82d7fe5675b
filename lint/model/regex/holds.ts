// Which characters a match of a regex, or of a part of it, can hold.

import type { AST } from '@eslint-community/regexpp'
import { ANY, BEYOND, type Chars, DIGIT, DOT, NONE, range, SPACE, WORD, without } from '../chars.ts'
import { capturingGroups, type Regex } from './read.ts'

/** Every character that a match of this node can hold. */
export function charsIn(node: AST.Node, dotAll = false): Chars {
  switch (node.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return node.alternatives.reduce((set, inner) => set | charsIn(inner, dotAll), NONE)
    case 'Alternative':
      return node.elements.reduce((set, inner) => set | charsIn(inner, dotAll), NONE)
    case 'Quantifier':
      return node.max === 0 ? NONE : charsIn(node.element, dotAll)
    case 'Character':
      return range(node.value, node.value)
    case 'CharacterSet':
      return ofSet(node, dotAll)
    case 'CharacterClass':
      return ofClass(node)
    case 'Backreference': {
      const to = Array.isArray(node.resolved) ? node.resolved[0] : node.resolved
      return to === undefined ? ANY : charsIn(to, dotAll)
    }
    default:
      return NONE
  }
}

function ofSet(node: AST.CharacterSet, dotAll: boolean): Chars {
  switch (node.kind) {
    case 'any':
      return dotAll ? ANY : DOT
    case 'digit':
      return node.negate ? without(ANY, DIGIT) : DIGIT
    case 'word':
      return node.negate ? without(ANY, WORD) : WORD
    case 'space':
      return node.negate ? without(ANY, SPACE) : SPACE
    default:
      return range(BEYOND, BEYOND)
  }
}

function ofClass(node: AST.CharacterClass | AST.ExpressionCharacterClass): Chars {
  if (!('elements' in node)) return ANY
  let set = NONE
  for (const element of node.elements) {
    if (element.type === 'Character') set |= range(element.value, element.value)
    else if (element.type === 'CharacterClassRange') set |= range(element.min.value, element.max.value)
    else if (element.type === 'CharacterSet') set |= ofSet(element, true)
    else set |= ANY
  }
  return node.negate ? without(ANY, set) : set
}

/** What group `index` (0: the whole match) can hold; ANY when the pattern could not be read. */
export function groupChars(regex: Regex, index: number): Chars {
  if (regex.pattern === undefined) return ANY
  const node = index === 0 ? regex.pattern : capturingGroups(regex.pattern)[index - 1]
  const chars = node === undefined ? NONE : charsIn(node, regex.js?.flags.includes('s'))
  return regex.ignoreCase ? chars | swapCase(chars) : chars
}

function swapCase(chars: Chars): Chars {
  const upper = range(65, 90)
  const lower = range(97, 122)
  return ((chars & upper) << 32n) | ((chars & lower) >> 32n)
}
