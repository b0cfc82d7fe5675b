// What is left of a variable behind a guard: the condition of an `if`, or a regex that let it through.

import { groupChars } from '../regex/holds.ts'
import { type Regex, readRegex } from '../regex/read.ts'
import { fixedTexts } from '../regex/texts.ts'
import type { Statement } from '../statement.ts'
import { readCondition, variablesOf } from '../value.ts'
import { fixed, type Taint } from './taint.ts'

/** A text that a whole, anchored regex let through. */
export function wholeMatch(regex: Regex, from: Taint): Taint {
  const anchored = regex.source.startsWith('^') && /(\$|\\z)$/.test(regex.source)
  if (!anchored) return from
  const texts = regex.pattern === undefined ? undefined : fixedTexts(regex.pattern)
  if (texts !== undefined) return fixed(texts)
  return { chars: groupChars(regex, 0) & from.chars, client: from.client }
}

/** A guard on the variable itself (`if ($x !~ ^…$) { return 4xx; }`) limits what can still come here. */
export function narrowed(name: string, at: Statement, taint: Taint): Taint {
  if (!taint.client) return taint
  for (const level of at.up()) {
    if (level.name === 'if') {
      const own = guard(level, name, true)
      if (own !== undefined) return own
    }
    for (const test of level.all('if')) {
      if (test === at || !leaves(test)) continue
      const own = guard(test, name, false)
      if (own !== undefined) return own
    }
  }
  return taint

  function guard(test: Statement, variable: string, holds: boolean): Taint | undefined {
    const condition = readCondition(test.args)
    if (condition === undefined || condition.subject.replace(/[{}]/g, '').toLowerCase() !== `$${variable}`)
      return undefined
    const operator = holds ? condition.operator : flip(condition.operator)
    if (operator === '=' && condition.value !== '')
      return variablesOf(condition.value).length > 0 ? undefined : fixed([condition.value])
    if (operator === '~' || operator === '~*') {
      const regex = readRegex(condition.value, operator === '~*')
      return wholeMatchOrNothing(regex, taint)
    }
    return undefined
  }
}

function wholeMatchOrNothing(regex: Regex, taint: Taint): Taint | undefined {
  const narrowedTaint = wholeMatch(regex, taint)
  return narrowedTaint === taint
    ? undefined
    : { ...narrowedTaint, client: narrowedTaint.texts === undefined && taint.client }
}

const flip = (operator: string): string => (operator.startsWith('!') ? operator.slice(1) : `!${operator}`)

/** The branch ends the request. */
function leaves(test: Statement): boolean {
  return test.all('return').length > 0
}
