// Whether PCRE2 would compile a pattern, as far as that is certain; what it would say if not. Each refusal here and in
// pcre/ was tried against nginx 1.22.1 with PCRE2 10.42. Constructs not judged (conditions, properties of its own) pass.

import { readEscape } from './pcre/escape.ts'
import { readGroup } from './pcre/group.ts'
import { begin, type Reading, Refused } from './pcre/reading.ts'
import { readSet } from './pcre/set.ts'

const QUANTIFIER = /\{\d{1,}(?:,\d*)?\}/y

/** nginx's message for a pattern PCRE2 refuses; undefined when it compiles, or when that is not certain. */
export function regexFault(pattern: string): string | undefined {
  try {
    read(pattern)
    return undefined
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const { reason } = error
    const rest = pattern.slice(error.at)
    return `pcre2_compile() failed: ${reason} in "${pattern}"${rest === '' ? '' : ` at "${rest}"`}`
  }
}

/** Names of the groups a pattern captures into, which nginx makes variables of. */
export function groupNames(pattern: string): string[] {
  return [...pattern.matchAll(/\(\?(?:P?<|')([A-Za-z_]\w*)[>']/g)].map((found) => found[1] as string)
}

function read(text: string): void {
  // (?x) changes what white space and # are: not judged.
  if (/\(\?[a-zA-Z^]*x/.test(text)) {
    if (/^\(\?[a-zA-Z^]*$/.test(text)) throw new Refused('missing closing parenthesis', text.length)
    return
  }
  const reading = begin(text)
  let repeatable = false
  for (let verb = /\(\*[A-Z][^)]*\)/y; ; ) {
    verb.lastIndex = reading.at
    const found = verb.exec(text)
    if (found === null) break
    reading.at += found[0].length
  }
  while (reading.at < text.length) repeatable = readItem(reading, repeatable)
  if (reading.depth > 0) throw new Refused('missing closing parenthesis', text.length)
  for (const { to, at } of reading.references) {
    const known = typeof to === 'number' ? to <= reading.groups : reading.names.has(to)
    if (!known && !reading.lenient) throw new Refused('reference to non-existent subpattern', at)
  }
}

/** Reads one item; gives whether a quantifier may follow. */
function readItem(reading: Reading, repeatable: boolean): boolean {
  const char = reading.text[reading.at] as string
  switch (char) {
    case '\\':
      return readEscape(reading, repeatable)
    case '[':
      readSet(reading)
      return true
    case '(':
      return readGroup(reading, repeatable)
    case ')':
      if (reading.depth === 0) throw new Refused('unmatched closing parenthesis', reading.at)
      reading.depth--
      reading.at++
      return true
    case '*':
    case '+':
    case '?':
      if (!repeatable) notRepeatable(reading.at)
      reading.at++
      skipGreed(reading)
      return false
    case '{':
      return readCount(reading, repeatable)
    case '|':
    case '^':
    case '$':
      reading.at++
      return false
    default:
      reading.at++
      return true
  }
}

function notRepeatable(at: number): never {
  throw new Refused('quantifier does not follow a repeatable item', at)
}

function skipGreed(reading: Reading): void {
  if (/[?+]/.test(reading.text[reading.at] ?? '')) reading.at++
}

function readCount(reading: Reading, repeatable: boolean): boolean {
  QUANTIFIER.lastIndex = reading.at
  const found = QUANTIFIER.exec(reading.text)
  if (found === null) {
    reading.at++
    return true
  }
  const end = reading.at + found[0].length - 1
  const [low = 0, high] = found[0]
    .slice(1, -1)
    .split(',')
    .map((part) => (part === '' ? undefined : Number(part)))
  if ((low ?? 0) > 65_535 || (high ?? 0) > 65_535) throw new Refused('number too big in {} quantifier', end)
  if (high !== undefined && high < (low ?? 0)) throw new Refused('numbers out of order in {} quantifier', end)
  if (!repeatable) notRepeatable(end)
  reading.at = end + 1
  skipGreed(reading)
  return false
}
