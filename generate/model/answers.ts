// Answers nginx gives itself: texts and redirects. `return` comes before nginx looks at addresses, passwords and limits,
// so an answer with such a guard stands in a location of its own, which is reached when the guards have let it pass.

import type { Policy } from '../../config/schema/policies.ts'
import type { Route } from '../../config/schema/routes.ts'
import { expr } from '../arg.ts'
import { type Location, line, literal, type Section, section } from '../site.ts'
import type { Draft } from './draft.ts'
import { policySections } from './policies.ts'
import { locationName, type NamedRoute } from './route-table.ts'

/** A `$` of the author's own has no way into an expression; URLs can say it as %24. */
export const literalExpr = (url: string): string => url.replaceAll('$', '%24')

export function movedLocation(from: string, to: string): Location {
  return {
    why: 'Moved for good. The query goes along.',
    match: { modifier: '=', path: from },
    sections: [section('', line('return', 308, expr(`${literalExpr(to)}$is_args$args`)))],
    locations: [],
  }
}

const isGuarded = ({ allow, deny, password, limitRequests, limitConnections }: Policy): boolean =>
  [allow, deny, password, limitRequests, limitConnections].some((one) => one !== undefined)

const answers = (route: Route): boolean => route.respond !== undefined || route.redirect !== undefined

/** undefined when the route is not answered by nginx itself. */
export function ownAnswer(draft: Draft, policy: Policy, one: NamedRoute): Section[] | undefined {
  if (!answers(one.route)) return undefined
  return answerSections(draft, policy, one.name, answerName(draft, one.name), said(draft, one))
}

/** Where a guarded answer stands. */
export function ownAnswerLocations(draft: Draft, policy: Policy, one: NamedRoute): Location[] {
  const { name, route } = one
  if (!answers(route)) return []
  const why = `The answer of route ${name}, behind its guards.`
  return guardedAnswer(draft, policy, name, { why, at: answerName(draft, name), said: said(draft, one) })
}

/** The answer, or the way to it: a named location `behind`, which `guardedAnswer` makes. */
export function answerSections(
  draft: Draft,
  policy: Policy,
  name: string,
  behind: string,
  answer: Section,
): Section[] {
  const judged = policySections(draft, policy, name, undefined)
  return [...judged, isGuarded(policy) ? afterGuards(behind) : answer]
}

export function guardedAnswer(
  draft: Draft,
  policy: Policy,
  name: string,
  answer: { why: string; at: string; said: Section },
): Location[] {
  if (!isGuarded(policy)) return []
  const { headers, cors, log } = policy
  return [
    {
      why: answer.why,
      match: { modifier: undefined, path: `@${answer.at}` },
      sections: [...policySections(draft, { headers, cors, log }, name, undefined), answer.said],
      locations: [],
    },
  ]
}

/** To a named location, by way of the phases in which nginx looks at addresses, passwords and limits. */
const afterGuards = (location: string): Section =>
  section(
    'return would come before the guards, try_files comes after them; there is no such file.',
    line('try_files', '/-/postern-none', `@${location}`),
  )

const answerName = (draft: Draft, name: string): string => draft.own(`answer_${locationName(name)}`)

function said(draft: Draft, { route, native }: NamedRoute): Section {
  if (route.redirect !== undefined) {
    // njs has filled the placeholders of those it chooses.
    if (!native) return section('', line('return', route.status, expr(`$${draft.own('target')}`)))
    return section('', line('return', route.status, expr(`${literalExpr(route.redirect)}$is_args$args`)))
  }
  const { status, body, type } = route.respond as NonNullable<Route['respond']>
  return section(
    '',
    { name: 'types', args: [], literal: true, block: [] },
    literal('default_type', type),
    line('return', status, body),
  )
}
