// The texts a regex is made of: those it can match when they are few, how they begin, one as an example.

import type { AST } from '@eslint-community/regexpp'
import { charsOf, range } from '../chars.ts'
import { charsIn } from './holds.ts'

/** Whatever it matches begins with this character. */
export function beginsWith(node: AST.Node, text: string): boolean {
  if (node.type === 'Pattern' || node.type === 'Group' || node.type === 'CapturingGroup')
    return node.alternatives.every((inner) => beginsWith(inner, text))
  if (node.type === 'Alternative') {
    const first = node.elements.find((element) => element.type !== 'Assertion')
    return first !== undefined && beginsWith(first, text)
  }
  if (node.type === 'Quantifier') return node.min > 0 && beginsWith(node.element, text)
  return node.type === 'Character' && String.fromCodePoint(node.value) === text
}

/** The texts a node can match, when they are few and fixed. */
export function fixedTexts(node: AST.Node, limit = 32): string[] | undefined {
  if (node.type === 'Pattern' || node.type === 'Group' || node.type === 'CapturingGroup') {
    const all = node.alternatives.map((inner) => fixedTexts(inner, limit))
    return all.includes(undefined) ? undefined : (all.flat() as string[])
  }
  if (node.type === 'Alternative') {
    let texts = ['']
    for (const element of node.elements) {
      if (element.type === 'Assertion') continue
      const next = fixedTexts(element, limit)
      if (next === undefined || next.length * texts.length > limit) return undefined
      texts = texts.flatMap((text) => next.map((end) => text + end))
    }
    return texts
  }
  if (node.type === 'Character') return [String.fromCodePoint(node.value)]
  if (node.type === 'Quantifier' && node.max === 1) {
    const inner = fixedTexts(node.element, limit)
    return inner === undefined ? undefined : node.min === 0 ? ['', ...inner] : inner
  }
  return undefined
}

/** A text of the regex's own language: first alternative, fewest repetitions (at least one). */
export function sample(node: AST.Node): string {
  switch (node.type) {
    case 'Pattern':
    case 'Group':
    case 'CapturingGroup':
      return node.alternatives[0] === undefined ? '' : sample(node.alternatives[0])
    case 'Alternative':
      return node.elements.map(sample).join('')
    case 'Quantifier':
      // `.*` stands for anything; a lone `.` was most likely meant as a dot.
      return node.max === 0
        ? ''
        : (node.element.type === 'CharacterSet' && node.element.kind === 'any'
            ? 'a'
            : sample(node.element)
          ).repeat(Math.max(1, Math.min(node.min, 20)))
    case 'Character':
      return String.fromCodePoint(node.value)
    case 'CharacterSet':
    case 'CharacterClass': {
      if (node.type === 'CharacterSet' && node.kind === 'any') return '.'
      const chars = charsIn(node)
      for (const c of 'a1Az-_./: ') if ((chars & charsOf(c)) !== 0n) return c
      for (let code = 33; code < 127; code++)
        if ((chars & range(code, code)) !== 0n) return String.fromCharCode(code)
      return ''
    }
    default:
      return ''
  }
}
