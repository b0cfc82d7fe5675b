// What follows an opening parenthesis: groups and their names, verbs, comments, calls, flags, assertions.

import { checkLookbehind } from './lookbehind.ts'
import { type Reading, Refused } from './reading.ts'

const NAME = /[A-Za-z_0-9]*/y

/** Reads what opens a group, or the whole of what is none; gives whether a quantifier may follow. */
export function readGroup(reading: Reading, repeatable: boolean): boolean {
  const text = reading.text
  reading.at++
  if (text[reading.at] === '*' && /[A-Za-z:]/.test(text[reading.at + 1] ?? '')) {
    const end = text.indexOf(')', reading.at)
    if (/^\*[a-z]/.test(text.slice(reading.at))) reading.lenient = true
    reading.at = end === -1 ? text.length : end + 1
    return false
  }
  if (text[reading.at] !== '?') {
    reading.depth++
    reading.groups++
    return false
  }
  reading.at++
  const rest = text.slice(reading.at, reading.at + 200)
  if (rest.startsWith('#')) {
    const end = text.indexOf(')', reading.at)
    if (end === -1) throw new Refused('missing ) after (?# comment', text.length)
    reading.at = end + 1
    return repeatable
  }
  const named = /^(?:P?<(?![=!])|')/.exec(rest)
  if (named !== null) return readName(reading, named[0])
  const call = /^(?:R|[+-]?\d+|&\w+|P>\w+|P=\w+|C\d*)\)/.exec(rest)
  if (call !== null) {
    const to = /\d+|(?<=P=|P>|&)\w+/.exec(call[0])?.[0]
    if (to !== undefined && !/^[-+C]/.test(rest)) {
      reading.references.push({ to: /^\d+$/.test(to) ? Number(to) : to, at: reading.at + call[0].length - 1 })
    }
    reading.at += call[0].length
    return true
  }
  const flags = /^[imsxnJUa^DSWPT-]*[:)]/.exec(rest)
  if (flags !== null) {
    reading.at += flags[0].length
    if (flags[0].endsWith(':')) reading.depth++
    return false
  }
  const group = /^(?:[=!>|]|<[=!]|\*)/.exec(rest)
  if (group !== null) {
    if (group[0].startsWith('<')) checkLookbehind(text, reading.at - 2)
    reading.at += group[0].length
    reading.depth++
    return false
  }
  if (rest.startsWith('(')) {
    // A condition: its own parenthesis is read as a group, which is near enough to match brackets.
    reading.lenient = true
    reading.depth++
    return false
  }
  const bad = /^[imsxnJU^-]*/.exec(rest)?.[0].length ?? 0
  if (bad === rest.length || rest === 'P') throw new Refused('missing closing parenthesis', text.length)
  throw new Refused('unrecognized character after (? or (?-', reading.at + bad)
}

function readName(reading: Reading, opener: string): boolean {
  reading.at += opener.length
  NAME.lastIndex = reading.at
  const name = NAME.exec(reading.text)?.[0] ?? ''
  if (/^\d/.test(name)) throw new Refused('subpattern name must start with a non-digit', reading.at)
  const after = reading.at + name.length
  if (reading.text[after] !== (opener === "'" ? "'" : '>')) {
    const reason =
      name === '' ? 'subpattern name expected' : 'syntax error in subpattern name (missing terminator?)'
    throw new Refused(reason, after)
  }
  if (name === '') throw new Refused('subpattern name expected', after)
  reading.at = after + 1
  if (reading.names.has(name) && !reading.lenient) {
    throw new Refused('two named subpatterns have the same name (PCRE2_DUPNAMES not set)', reading.at)
  }
  reading.names.add(name)
  reading.groups++
  reading.depth++
  return false
}
