// Any site may read answers that belong to a logged-in visitor.

import type { Statement } from '../model/statement.ts'
import { readCondition, variablesOf } from '../model/value.ts'
import type { Context, Rule } from '../rule.ts'

type Header = { name: string; value: string }

/** The headers that an add_header or a more_set_headers sends. */
function headers(at: Statement): Header[] {
  if (at.name === 'add_header') return [{ name: at.arg.toLowerCase(), value: at.args[1] ?? '' }]
  return at.args.flatMap((arg) => {
    const hit = /^\s*([\w-]+)\s*:\s*(.*)$/.exec(arg)
    return hit === null ? [] : [{ name: (hit[1] as string).toLowerCase(), value: (hit[2] as string).trim() }]
  })
}

/** The condition looks at what the Origin is, not only whether there is one. */
function isCheck(test: Statement): boolean {
  const condition = readCondition(test.args)
  return (
    condition !== undefined && /http_origin/i.test(condition.subject) && !/^$|^!=$/.test(condition.operator)
  )
}

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
        !(set.parent?.name === 'if' && isCheck(set.parent)) &&
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
  visits: ['add_header', 'more_set_headers'],
  bad: [
    'location / { add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; }',
    'location / { if ($http_origin) { add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; } }',
    'location / { more_set_headers "Access-Control-Allow-Origin: $http_origin" "Access-Control-Allow-Credentials: true"; }',
    'location / { add_header Access-Control-Allow-Origin *; add_header Access-Control-Allow-Credentials "true" always; }',
  ],
  good: [
    'location / { add_header Access-Control-Allow-Origin https://a.example; add_header Access-Control-Allow-Credentials true; }',
    'location / { add_header Access-Control-Allow-Origin *; }',
    'map $http_origin $cors { default ""; https://a.example $http_origin; } server { add_header Access-Control-Allow-Origin $cors; add_header Access-Control-Allow-Credentials true; }',
    'location / { if ($http_origin ~ "^https://a\\.example$") { add_header Access-Control-Allow-Origin $http_origin; add_header Access-Control-Allow-Credentials true; } }',
  ],
  check(at, context) {
    const own = headers(at).find((one) => one.name === 'access-control-allow-credentials')
    if (own === undefined || !/^true$/i.test(own.value)) return
    const origin = [...(at.parent?.all('add_header') ?? []), ...(at.parent?.all('more_set_headers') ?? [])]
      .flatMap((one) => headers(one).map((header) => ({ ...header, at: one })))
      .find((one) => one.name === 'access-control-allow-origin')
    if (origin === undefined) return
    const { value } = origin
    for (const level of at.up()) {
      if (level.name === 'if' && isCheck(level)) return
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
    else if (reflects(value, origin.at, context))
      context.report(at, 'every Origin is allowed, with cookies', {
        help: 'name the origins that you trust, by a map on $http_origin with default ""',
      })
  },
}
