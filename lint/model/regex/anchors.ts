// Where a regex is tied to the start or the end of the text.

import type { AST } from '@eslint-community/regexpp'
import type { Regex } from './read.ts'

const edge = (element: AST.Element | undefined, kind: 'start' | 'end'): boolean => {
  if (element === undefined) return false
  if (element.type === 'Assertion') {
    return (
      element.kind === kind ||
      (kind === 'end' && element.kind === 'lookahead' && element.negate && element.raw === '(?!.|\\n)')
    )
  }
  if (element.type === 'Group' || element.type === 'CapturingGroup') {
    return element.alternatives.every((inner) =>
      edge(kind === 'start' ? inner.elements[0] : inner.elements.at(-1), kind),
    )
  }
  return false
}

/** Every alternative begins with `^` (or \A). */
export const anchoredStart = (regex: Regex): boolean =>
  regex.pattern === undefined
    ? regex.source.startsWith('^')
    : regex.pattern.alternatives.every((inner) => edge(inner.elements[0], 'start'))

/** Every alternative ends with `$` (or \z). */
export const anchoredEnd = (regex: Regex): boolean =>
  regex.pattern === undefined
    ? regex.source.endsWith('$')
    : regex.pattern.alternatives.every((inner) => edge(inner.elements.at(-1), 'end'))

/** Somewhere in every alternative a match is tied to the start or the end of the text. */
export const anchored = (node: AST.Node): boolean => {
  switch (node.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return node.alternatives.every(anchored)
    case 'Alternative':
      return node.elements.some(anchored)
    case 'Quantifier':
      return node.min > 0 && anchored(node.element)
    case 'Assertion':
      if (node.kind === 'start' || node.kind === 'end') return true
      return (
        (node.kind === 'lookahead' || node.kind === 'lookbehind') &&
        (node.negate ? node.raw === '(?!.|\\n)' : node.alternatives.every(anchored))
      )
    default:
      return false
  }
}
