// if, set, rewrite and return: their conditions, codes and patterns.
import type { Call } from '../call.ts'
import { groupNames, regexFault } from '../pcre.ts'
import { readNumber } from '../values.ts'
import { defineVariable, useText, useVariable } from '../variables.ts'
import type { Handler } from './core.ts'

/** A pattern nginx compiles; its named groups become variables. */
export function useRegex(call: Call, index: number, pattern: string) {
  // PCRE2 10.43, which comes with Debian's nginx 1.26, takes some lookbehinds and says another thing of the rest.
  const fault = regexFault(pattern)?.replace(
    /(?<=: )lookbehind assertion is not fixed length(?= in)/,
    (told) => (call.world.minor < 26 ? told : 'length of lookbehind assertion is not limited'),
  )
  if (fault !== undefined) call.fail(fault, index, 'regex')
  for (const name of groupNames(pattern)) call.family?.defined.add(name.toLowerCase())
}

const condition: Handler = (call) => {
  const words = [...call.args]
  const invalid = (word: string): void => call.fail(`invalid condition "${word}"`)
  let first = 0
  let last = words.length - 1
  if (!words[0]?.startsWith('(')) return invalid(words[0] ?? '')
  if (words[0].length === 1) first = 1
  else words[0] = words[0].slice(1)
  const end = words[last] ?? ''
  if (!end.endsWith(')')) return invalid(end)
  if (end.length === 1) last--
  else words[last] = end.slice(0, -1)
  const subject = words[first] ?? ''
  const value = words[last] ?? ''
  if (last < first) return invalid(end)
  if (subject.startsWith('$') && subject.length > 1) {
    if (first !== last && first + 2 !== last) return invalid(subject)
    useVariable(call, first, subject.slice(1))
    if (first === last) return
    const operator = words[first + 1] as string
    if (operator === '=' || operator === '!=') return useText(call, last, value)
    if (/^!?~\*?$/.test(operator)) return useRegex(call, last, value)
    return call.fail(`unexpected "${operator}" in condition`, first + 1)
  }
  if (/^(?:-.|!-.)$/.test(subject) && first + 1 !== last) return invalid(subject)
  if (!/^!?-[fdex]$/.test(subject)) return invalid(subject)
  useText(call, last, value)
}

const returns: Handler = (call) => {
  const [code = ''] = call.args
  const status = readNumber(code)
  if (status === undefined) {
    if (call.args.length !== 1 || !/^(?:https?:\/\/|\$scheme)/.test(code)) {
      return call.fail(`invalid return code "${code}"`, 0)
    }
    return useText(call, 0)
  }
  if (status > 999) call.fail(`invalid return code "${code}"`, 0)
  else if (call.args.length === 2) useText(call, 1)
}

const rewrite: Handler = (call) => {
  const [pattern = '', replacement = '', flag] = call.args
  if (replacement === '') return call.fail('empty replacement', 1)
  useRegex(call, 0, pattern)
  if (call.failed) return
  if (flag !== undefined && !['last', 'break', 'redirect', 'permanent'].includes(flag)) {
    return call.fail(`invalid parameter "${flag}"`, 2)
  }
  useText(call, 1)
}

const set: Handler = (call) => {
  defineVariable(call, 0)
  if (!call.failed) useText(call, 1)
}

export const rewriting: Record<string, Handler> = {
  'HTTP:if': condition,
  'HTTP:return': returns,
  'HTTP:rewrite': rewrite,
  'HTTP:set': set,
  'STRM:set': set,
  'STRM:return': (call) => {
    if (call.isDuplicate) call.duplicate()
    else useText(call, 0)
  },
}
