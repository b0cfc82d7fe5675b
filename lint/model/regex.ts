// Questions about one regex: its groups, what a group can contain, where it is anchored, whether it matches a text.
// Never throws on a pattern it cannot read: `pattern` is then undefined, and every question has a careful answer.

import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { ANY, BEYOND, type Chars, charsOf, DIGIT, DOT, NONE, range, SPACE, WORD, without } from './chars.ts'
import { translate } from './pcre.ts'

export type Regex = {
  source: string
  ignoreCase: boolean
  /** The same in JavaScript's syntax; undefined when it cannot be said there. */
  js: { source: string; flags: string } | undefined
  pattern: AST.Pattern | undefined
  /** How many groups capture. */
  groups: number
  names: Map<string, number>
}

const known = new Map<string, Regex>()
const MAX_KNOWN = 5000
/** A pattern longer than this is not taken apart. */
export const MAX_PATTERN = 4096

export function readRegex(source: string, ignoreCase: boolean): Regex {
  const key = `${ignoreCase ? 'i' : ''}/${source}`
  const before = known.get(key)
  if (before !== undefined) return before
  const regex = parse(source, ignoreCase)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(key, regex)
  return regex
}

function parse(source: string, ignoreCase: boolean): Regex {
  const translated = source.length > MAX_PATTERN ? undefined : translate(source, ignoreCase)
  if (translated !== undefined) {
    try {
      const pattern = new RegExpParser({ ecmaVersion: 2025 }).parsePattern(translated.source)
      const groups = capturingGroups(pattern)
      const names = new Map(groups.flatMap((group, i) => (group.name === null ? [] : [[group.name, i + 1]])))
      const flags = `${translated.ignoreCase ? 'i' : ''}${translated.dotAll ? 's' : ''}${translated.multiline ? 'm' : ''}`
      return {
        source,
        ignoreCase: translated.ignoreCase,
        js: { source: translated.source, flags },
        pattern,
        groups: groups.length,
        names,
      }
    } catch {
      // Not in JavaScript's syntax after all; counted by hand below.
    }
  }
  const names = new Map<string, number>()
  let groups = 0
  for (const found of source
    .replace(/\\./g, '__')
    .matchAll(/\((?!\?(?!P?<[A-Za-z_]|')|\*)(?:\?P?[<']([A-Za-z_]\w*))?/g)) {
    groups++
    if (found[1] !== undefined) names.set(found[1], groups)
  }
  return { source, ignoreCase, js: undefined, pattern: undefined, groups, names }
}

/** The capturing groups in the order of their numbers. */
export function capturingGroups(pattern: AST.Pattern): AST.CapturingGroup[] {
  const found: AST.CapturingGroup[] = []
  visit(pattern, (node) => {
    if (node.type === 'CapturingGroup') found.push(node)
  })
  return found
}

/** Calls `seen` for every node, outer before inner. */
export function visit(node: AST.Node, seen: (node: AST.Node) => void): void {
  seen(node)
  if ('alternatives' in node) for (const inner of node.alternatives) visit(inner, seen)
  else if (node.type === 'Quantifier') visit(node.element, seen)
  else if (node.type === 'Alternative') for (const inner of node.elements) visit(inner, seen)
}

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
