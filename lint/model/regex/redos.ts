// Catastrophic backtracking, judged by scslre on the JavaScript form of the regex. Possessive and atomic parts, which the
// JavaScript form has lost, make a pattern safe by intent: such patterns are not judged.

import { createRequire } from 'node:module'
import type { AST } from '@eslint-community/regexpp'
import { charsIn } from './holds.ts'
import { type Regex, visit } from './read.ts'
import { fixedTexts } from './texts.ts'

/** Loaded when a regex has nested quantifiers, which few configurations have: it takes longer than all the rest of a run. */
const load = createRequire(import.meta.url)
const analyser = (): typeof import('scslre') => load('scslre')

const known = new WeakMap<Regex, string | null>()

function find(regex: Regex): string | undefined {
  let found = known.get(regex)
  if (found === undefined) {
    found = judge(regex) ?? null
    known.set(regex, found)
  }
  return found ?? undefined
}

function judge(regex: Regex): string | undefined {
  if (regex.js === undefined || regex.pattern === undefined || !nested(regex.pattern)) return undefined
  if (/\(\?>|[*+?}]\+/.test(regex.source.replace(/\\./g, ''))) return undefined
  const alternatives = ambiguous(regex.pattern)
  if (alternatives !== undefined) return `the alternatives of ${alternatives} can match the same text`
  const counted = repeated(regex.pattern) ?? plain(regex.pattern)
  if (counted !== undefined) return counted
  const size = sizeOf(regex.pattern)
  if (size.steps > MAX_STEPS || size.quantifiers > MAX_QUANTIFIERS) return undefined
  try {
    const { reports } = analyser().analyse(
      { source: regex.js.source, flags: regex.js.flags },
      { reportTypes: { Move: false, Self: true, Trade: true }, maxReports: 8 },
    )
    const worst = reports.find((report) => report.exponential)
    if (worst === undefined) return undefined
    return worst.type === 'Trade'
      ? `${worst.startQuant.raw} and ${worst.endQuant.raw} can match the same text`
      : `${worst.type === 'Self' ? worst.quant.raw : ''} can split the same text in many ways`
  } catch {
    // More than the library can judge: nothing is said.
    return undefined
  }
}

/** The library has no time limit: what is larger, with counted repetitions written out, is judged by its plainest shape. */
export const MAX_STEPS = 400
export const MAX_QUANTIFIERS = 24

function sizeOf(node: AST.Node): { steps: number; quantifiers: number } {
  if (node.type === 'Quantifier') {
    const inner = sizeOf(node.element)
    const times = Math.max(1, node.max === Number.POSITIVE_INFINITY ? node.min : node.max)
    return { steps: inner.steps * times, quantifiers: (inner.quantifiers + 1) * Math.min(times, 1000) }
  }
  const inner = 'alternatives' in node ? node.alternatives : node.type === 'Alternative' ? node.elements : []
  const total = { steps: inner.length === 0 ? 1 : 0, quantifiers: 0 }
  for (const one of inner) {
    const size = sizeOf(one)
    total.steps += size.steps
    total.quantifiers += size.quantifiers
  }
  return total
}

/** `(x+)+`, `((ab)+)+`: an unbounded repetition of nothing but an unbounded repetition, with something behind it. */
function plain(pattern: AST.Pattern): string | undefined {
  let found: string | undefined
  visit(pattern, (node) => {
    if (
      node.type !== 'Quantifier' ||
      node.max !== Number.POSITIVE_INFINITY ||
      node.end === pattern.end ||
      found !== undefined
    )
      return
    let inner: AST.Node = node.element
    while (
      (inner.type === 'Group' || inner.type === 'CapturingGroup') &&
      inner.alternatives.length === 1 &&
      inner.alternatives[0]?.elements.length === 1
    ) {
      inner = inner.alternatives[0].elements[0] as AST.Node
    }
    if (inner.type === 'Quantifier' && inner.max === Number.POSITIVE_INFINITY)
      found = `${node.raw} can split the same text in many ways`
  })
  return found
}

/** `(.*a){12}`: what the inner repetition takes can be what stands behind it, so each round has its own choice of where to end. */
function repeated(pattern: AST.Pattern): string | undefined {
  let found: string | undefined
  visit(pattern, (node) => {
    if (node.type !== 'Quantifier' || node.min < MANY_ROUNDS || found !== undefined) return
    const group = node.element
    if ((group.type !== 'Group' && group.type !== 'CapturingGroup') || group.alternatives.length !== 1) return
    const elements = group.alternatives[0]?.elements ?? []
    const at = elements.findIndex((one) => one.type === 'Quantifier' && one.max === Number.POSITIVE_INFINITY)
    if (at < 0) return
    const inner = charsIn(elements[at] as AST.Element)
    const rest = elements.filter((one, i) => i !== at && one.type !== 'Assertion')
    if (rest.every((one) => (charsIn(one) & ~inner) === 0n))
      found = `${node.raw} can split the same text in many ways`
  })
  return found
}

/** The time grows with the text's length to this power. */
const MANY_ROUNDS = 5

/** A repeated group whose alternatives overlap, with something behind it that can fail. The library does not judge these. */
function ambiguous(pattern: AST.Pattern): string | undefined {
  let found: string | undefined
  visit(pattern, (node) => {
    if (node.type !== 'Quantifier' || node.max < 10 || found !== undefined) return
    const group = node.element
    if ((group.type !== 'Group' && group.type !== 'CapturingGroup') || group.alternatives.length < 2) return
    if (node.end === pattern.end) return
    const single = group.alternatives.map((one) =>
      one.elements.length === 1 && one.elements[0] !== undefined && isOne(one.elements[0])
        ? charsIn(one)
        : 0n,
    )
    const overlap = single.some((a, i) => single.some((b, j) => i < j && (a & b) !== 0n))
    const texts = group.alternatives.map((one) => fixedTexts(one, 8))
    if (overlap || (!texts.includes(undefined) && !isCode(texts.flat() as string[]))) found = group.raw
  })
  return found
}

const isOne = (node: AST.Element): boolean =>
  node.type === 'Character' || node.type === 'CharacterClass' || node.type === 'CharacterSet'

/** Sardinas and Patterson: no text can be put together from these words in two ways. */
function isCode(words: string[]): boolean {
  if (new Set(words).size !== words.length || words.includes('')) return false
  const after = (left: Iterable<string>, right: Iterable<string>): string[] => {
    const rest: string[] = []
    for (const a of left) for (const b of right) if (a !== b && b.startsWith(a)) rest.push(b.slice(a.length))
    return rest
  }
  let dangling = new Set(after(words, words))
  const seen = new Set<string>()
  for (let round = 0; round < 50 && dangling.size > 0; round++) {
    if (words.some((word) => dangling.has(word))) return false
    const fresh = [...dangling].filter((one) => !seen.has(one))
    if (fresh.length === 0) return true
    for (const one of fresh) seen.add(one)
    dangling = new Set([...after(fresh, words), ...after(words, fresh)])
  }
  return true
}

/** Exponential time needs a repetition inside a repetition, or overlapping alternatives in one. */
function nested(pattern: AST.Pattern): boolean {
  let found = false
  visit(pattern, (node) => {
    if (node.type !== 'Quantifier' || node.max < 10) return
    visit(node.element, (inner) => {
      if (inner !== node.element && inner.type === 'Quantifier' && inner.max > 1) found = true
      if ((inner.type === 'Group' || inner.type === 'CapturingGroup') && inner.alternatives.length > 1)
        found = true
    })
  })
  return found
}

export const ReDos = { find }
