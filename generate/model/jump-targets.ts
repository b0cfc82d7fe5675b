// Where njs may jump to besides routes and applications: what edge.ts itself answers, and redirects that have no more to
// say than a status. The policies of `all` hold here as they do for the applications: edge.ts stands in their place.

import type { Policy } from '../../config/schema/policies.ts'
import { expr } from '../arg.ts'
import { type Location, line, literal, type Section, section } from '../site.ts'
import { answerSections, guardedAnswer } from './answers.ts'
import { appsOf } from './app.ts'
import { corsLocations } from './cors.ts'
import type { Draft } from './draft.ts'
import { policySections } from './policies.ts'
import { byEdge, namedRoutes, sharesRedirect } from './route-table.ts'

/** `rewritten`: what leads to the application with a path edge.ts has chosen. */
export function jumpTargets(
  draft: Draft,
  policy: Policy,
  rewritten: (policy: Policy) => Section[],
): Location[] {
  const handlers = draft.facts.edge?.handlers ?? []
  const content = draft.made.wiring?.content
  const rewriting = handlers.includes('route') || handlers.includes('rewrite')
  const targets = [
    ...redirectStatuses(draft).flatMap((status) => redirectLocations(draft, policy, status)),
    ...(rewriting && appsOf(draft.config).length > 0
      ? [named(draft, 'rewrite', 'A path edge.ts has chosen.', rewritten(policy))]
      : []),
    ...(content ? [respondLocation(draft, policy, content)] : []),
  ]
  return targets.length === 0 ? [] : [...targets, ...corsLocations(draft, policy.cors, byEdge)]
}

function redirectStatuses(draft: Draft): number[] {
  if ((draft.facts.edge?.handlers ?? []).length > 0) return [301, 302, 303, 307, 308]
  const shared = namedRoutes(draft.config).filter((one) => sharesRedirect(draft.config, one))
  return [...new Set(shared.map(({ route }) => route.status as number))].sort()
}

function redirectLocations(draft: Draft, policy: Policy, status: number): Location[] {
  const at = `redirected_${status}`
  const said = section('', line('return', status, expr(`$${draft.own('target')}`)))
  return [
    named(
      draft,
      `redirect_${status}`,
      'A redirect njs has chosen.',
      answerSections(draft, policy, byEdge, draft.own(at), said),
    ),
    ...guardedAnswer(draft, policy, byEdge, {
      why: 'The same, behind the guards of all.',
      at: draft.own(at),
      said,
    }),
  ]
}

const respondLocation = (draft: Draft, policy: Policy, content: string): Location =>
  named(draft, 'respond', 'Answers of edge.ts. The request body is read into memory, so it is kept small.', [
    ...policySections(draft, policy, byEdge, undefined),
    section('', literal('client_body_buffer_size', '64k'), literal('js_content', content)),
  ])

const named = (draft: Draft, name: string, why: string, sections: Section[]): Location => ({
  why,
  match: { modifier: undefined, path: `@${draft.own(name)}` },
  sections,
  locations: [],
})
