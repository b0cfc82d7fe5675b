// A regex of a configuration, read: its groups, and its tree in JavaScript's syntax. Never throws on a pattern it cannot
// read: `pattern` is then undefined, and every question about it has a careful answer.

import { type AST, RegExpParser } from '@eslint-community/regexpp'
import { translate } from './translate.ts'

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
