// What an `if` asks, read from its words as nginx's rewrite module reads them. Judges nothing.
import type { Directive } from './node.ts'

export type Condition = {
  /** The words with the outer parentheses taken off, as nginx compares them. */
  words: string[]
  /** `=`, `!=`, `~`, `~*`, `!~`, `!~*`, a file test such as `-f` or `!-d`, or '' for a bare variable. */
  operator: string
  /** Left side: the variable, or what the file test looks at. */
  subject: string
  /** Right side of a comparison; '' where there is none. */
  value: string
}

/** undefined where the words do not make a condition. */
export function readCondition(directive: Directive): Condition | undefined {
  const words = conditionWords(directive)
  if (words === undefined) return undefined
  const [first = '', second = '', third = ''] = words
  if (/^!?-[fdex]$/.test(first) && words.length === 2)
    return { words, operator: first, subject: second, value: '' }
  if (!first.startsWith('$')) return undefined
  if (words.length === 1) return { words, operator: '', subject: first, value: '' }
  if (words.length === 3 && /^(?:!?=|!?~\*?)$/.test(second)) {
    return { words, operator: second, subject: first, value: third }
  }
  return undefined
}

/** The arguments of `if` without their parentheses; undefined when those are not there. */
export function conditionWords(directive: Directive): string[] | undefined {
  const words = directive.args.map((arg) => arg.value)
  const first = words[0]
  const last = words.at(-1)
  if (first === undefined || last === undefined || !first.startsWith('(') || !last.endsWith(')'))
    return undefined
  if (words.length === 1 && first.length < 2) return undefined
  words[0] = first.slice(1)
  if (words[0] === '') words.shift()
  const end = words.length - 1
  if (end < 0) return undefined
  words[end] = (words[end] as string).slice(0, -1)
  if (words[end] === '') words.pop()
  return words.length === 0 ? undefined : words
}
