// Any site may read answers that belong to a logged-in visitor.

import type { Statement } from '../model/statement.ts'
import { variablesOf } from '../model/value.ts'
import type { Context, Rule } from '../rule.ts'

const is = (one: Statement, name: string): boolean => one.arg.toLowerCase() === name

/** The value is the request's own Origin, whatever it is. */
function reflects(value: string, at: Statement, { model }: Context, depth = 3): boolean {
  return variablesOf(value).some((variable) => {
    if (variable === 'http_origin') return true
    if (depth === 0) return false
    const tables = model.scope.tables.get(variable)
    if (tables !== undefined)
      return tables.some((map) =>
        map.entries.some(
          (entry) =>
            (entry.name === 'default' ||
              /^~\*?(?:\.\*?|\.\+|\^https?|\^https\?:\/\/\.\*?)$/.test(entry.name)) &&
            reflects(entry.args[0] ?? '', map, { model } as Context, depth - 1),
        ),
      )
    return (model.scope.sets.get(variable) ?? []).some(
      (set) =>
        set.within('server') === at.within('server') &&
        !/http_origin/i.test(set.parent?.name === 'if' ? set.parent.args.join(' ') : '') &&
        reflects(set.args[1] ?? '', set, { model } as Context, depth - 1),
    )
  })
}

export const rule: Rule = {
  name: 'cors-reflected-credentials',
  severity: 'error',
  confidence: 'high',
  since: '0.1.0',
  topic: 'security',
  summary: 'Every site may make requests with the visitor’s cookies and read the answers.',
  why: 'Access-Control-Allow-Origin repeats the Origin that was sent, and Access-Control-Allow-Credentials lets cookies through: any page the visitor opens can read his account here.',
  visits: ['add_header'],
  bad: [
    'location / { add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; }',
    'location / { add_header Access-Control-Allow-Origin *; add_header Access-Control-Allow-Credentials "true" always; }',
  ],
  good: [
    'location / { add_header Access-Control-Allow-Origin https://a.example; add_header Access-Control-Allow-Credentials true; }',
    'location / { add_header Access-Control-Allow-Origin *; }',
    'map $http_origin $cors { default ""; https://a.example $http_origin; } server { add_header Access-Control-Allow-Origin $cors; add_header Access-Control-Allow-Credentials true; }',
    'location / { if ($http_origin ~ "^https://a\\.example$") { add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; } }',
  ],
  check(at, context) {
    if (!is(at, 'access-control-allow-credentials') || !/^true$/i.test(at.args[1] ?? '')) return
    const origin = at.parent?.all('add_header').find((one) => is(one, 'access-control-allow-origin'))
    if (origin === undefined) return
    const value = origin.args[1] ?? ''
    for (const level of at.up()) {
      if (level.name === 'if' && /http_origin/i.test(level.args.join(' '))) return
      if (
        level
          .all('if')
          .some(
            (one) =>
              /http_origin/i.test(one.args.join(' ')) && /!/.test(one.args[1] ?? '') && one.has('return'),
          )
      )
        return
    }
    if (value === '*')
      context.report(at, 'browsers refuse credentials together with “*”', {
        severity: 'warning',
        help: 'name the origins that you trust, by a map on $http_origin',
      })
    else if (reflects(value, origin, context))
      context.report(at, 'every Origin is allowed, with cookies', {
        help: 'name the origins that you trust, by a map on $http_origin with default ""',
      })
  },
}
