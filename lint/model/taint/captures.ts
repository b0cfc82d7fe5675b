// Which regex `$1` … stand for at a place of the configuration. Knows directives; not what the groups hold.

import { readLocation } from '../location.ts'
import { type Regex, readRegex } from '../regex/read.ts'
import type { Statement } from '../statement.ts'
import { readCondition } from '../value.ts'

export type Provider = { regex: Regex; subject: string; at: Statement; positive: boolean }

const REWRITE_PHASE = new Set(['set', 'return', 'rewrite', 'if', 'break'])

/** The regexes whose captures `$1` … can stand for at this place. */
export function captureProviders(at: Statement): Provider[] {
  if (at.name === 'rewrite')
    return [{ regex: readRegex(at.args[0] ?? '', false), subject: 'uri', at, positive: true }]
  const found: Provider[] = []
  let inner: Statement = at
  for (let level = at.parent; level !== undefined; level = level.parent) {
    for (const sibling of level.children) {
      if (sibling === inner || (REWRITE_PHASE.has(inner.name) && sibling.index > inner.index)) continue
      if (sibling.name === 'rewrite')
        found.push({
          regex: readRegex(sibling.args[0] ?? '', false),
          subject: 'uri',
          at: sibling,
          positive: true,
        })
      if (sibling.name === 'if') {
        const own = conditionRegex(sibling)
        if (own !== undefined) found.push({ ...own, positive: false })
        // A regex run inside the branch is over when the request comes here, unless it has set the captures.
        for (const rewrite of sibling.all('rewrite')) {
          found.push({
            regex: readRegex(rewrite.args[0] ?? '', false),
            subject: 'uri',
            at: rewrite,
            positive: true,
          })
        }
      }
    }
    if (level.name === 'if') {
      const own = conditionRegex(level)
      if (own !== undefined) return [own]
    }
    if (level.name === 'location') {
      const match = readLocation(level)
      if (match.modifier === '~' || match.modifier === '~*') {
        found.push({
          regex: readRegex(match.path, match.modifier === '~*'),
          subject: 'uri',
          at: level,
          positive: true,
        })
        // Its captures replace those of server_name and of outer locations.
        return found
      }
    }
    if (level.name === 'server') {
      for (const names of level.all('server_name')) {
        for (const name of names.args) {
          if (name.startsWith('~'))
            found.push({ regex: readRegex(name.slice(1), true), subject: 'host', at: names, positive: true })
        }
      }
    }
    inner = level
  }
  return found
}

/** The regex of an `if`; negative conditions leave captures too, when they do not hold. */
export function conditionRegex(at: Statement): Provider | undefined {
  const condition = readCondition(at.args)
  if (condition === undefined || !/^!?~\*?$/.test(condition.operator)) return undefined
  return {
    regex: readRegex(condition.value, condition.operator.endsWith('*')),
    subject: condition.subject.replace(/^\$\{?|\}$/g, '').toLowerCase(),
    at,
    positive: !condition.operator.startsWith('!'),
  }
}
