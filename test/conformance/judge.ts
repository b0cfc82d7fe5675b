// Compares what came with what the case expects: undefined, or the first difference in words.

import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Expectation } from './case.ts'
import type { Answer, Outcome } from './client.ts'

export function judge(outcome: Outcome, expect: Expectation): string | undefined {
  if (expect.cutRequest) return undefined
  const [answer, second] = outcome.answers
  const all = JSON.stringify(outcome.answers.map((one) => [one.headers, one.body.toString('latin1')]))
  const shown = expect.hides?.find((text) => all.includes(text))
  if (shown !== undefined) return `the client is shown “${shown}”`
  if (expect.visible) return judgeVisible(outcome)
  if (outcome.timedOut) return 'no end within 6 s'
  if (answer === undefined) return 'no answer, the connection was closed'
  if (answer.status === 0) return 'the answer has no valid status line'
  if (expect.status !== undefined && answer.status !== expect.status)
    return `status ${answer.status}, not ${expect.status}`
  const wrong = judgeAnswer(answer, expect)
  if (wrong !== undefined) return wrong
  if (expect.then !== undefined) {
    if (second === undefined) return 'no second answer'
    if (second.status !== expect.then.status || second.body.toString('latin1') !== expect.then.body)
      return `the second answer is ${second.status} ${JSON.stringify(second.body.toString('latin1').slice(0, 40))}`
  }
  return undefined
}

/** A failure counts as seen when there is no answer, an error status, or a cut. */
function judgeVisible({ answers, timedOut }: Outcome): string | undefined {
  if (timedOut) return 'the client waits without end'
  const [answer] = answers
  if (answer === undefined || answer.status >= 500 || answer.status === 0 || !answer.complete)
    return undefined
  return 'a broken response looks complete'
}

function judgeAnswer(answer: Answer, expect: Expectation): string | undefined {
  if (!answer.complete) return `the answer is cut after ${answer.body.length} bytes`
  const interim = answer.interim[0] ?? null
  if (expect.interim !== undefined && interim !== expect.interim)
    return `interim answer ${interim}, not ${expect.interim}`
  for (const [name, wish] of Object.entries(expect.headers ?? {})) {
    const found = answer.headers.filter(([key]) => key === name).map(([, value]) => value)
    if (wish !== null && typeof wish === 'object' && 'not' in wish) {
      if (found.includes(wish.not)) return `header ${name} is ${wish.not}`
      continue
    }
    const wished = wish === null ? [] : Array.isArray(wish) ? wish : [wish]
    if (!isDeepStrictEqual(found, wished))
      return `header ${name} is ${JSON.stringify(found)}, not ${JSON.stringify(wished)}`
  }
  const text = answer.body.toString('latin1')
  if (expect.body !== undefined && text !== expect.body)
    return `body ${JSON.stringify(text.slice(0, 60))}, not ${JSON.stringify(expect.body.slice(0, 60))}`
  if (expect.size !== undefined && answer.body.length !== expect.size)
    return `${answer.body.length} bytes, not ${expect.size}`
  if (expect.sha1 !== undefined && createHash('sha1').update(answer.body).digest('hex') !== expect.sha1)
    return 'other bytes than were sent'
  return judgeJson(answer, expect)
}

function judgeJson(answer: Answer, expect: Expectation): string | undefined {
  const { json, jsonHas, jsonLacks, jsonFilled } = expect
  if (json === undefined && !jsonHas && !jsonLacks && !jsonFilled) return undefined
  let found: Record<string, unknown>
  try {
    found = JSON.parse(answer.body.toString('utf8'))
  } catch {
    return `not JSON: ${answer.body.toString('latin1').slice(0, 60)}`
  }
  if (json !== undefined && !isDeepStrictEqual(found, json))
    return `saw ${JSON.stringify(found).slice(0, 200)}`
  for (const [key, value] of Object.entries(jsonHas ?? {}))
    if (!isDeepStrictEqual(found[key], value)) return `${key} is ${JSON.stringify(found[key])}`
  for (const key of jsonLacks ?? []) if (key in found) return `${key} is ${JSON.stringify(found[key])}`
  for (const key of jsonFilled ?? []) if (!found[key]) return `${key} is empty`
  return undefined
}
