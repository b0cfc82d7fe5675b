// The locations of routes: what each leads to, where nginx chooses it itself and where njs jumps to it.

import { resolve } from 'node:path'
import type { Policy } from '../../config/schema/policies.ts'
import type { Route } from '../../config/schema/routes.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { type Location, line, literal, type Match, type Section, section } from '../site.ts'
import { movedLocation, ownAnswer, ownAnswerLocations } from './answers.ts'
import { appsOf } from './app.ts'
import { appLocations, namedApp } from './app-locations.ts'
import { corsLocations } from './cors.ts'
import type { Draft } from './draft.ts'
import { hiddenFiles, hiddenHere } from './files.ts'
import { hasJumps, routing } from './jump.ts'
import { jumpTargets } from './jump-targets.ts'
import { awayLocations, awaySection, maintenanceLocations } from './pages.ts'
import { policyOf, policySections } from './policies.ts'
import { byEdge, locationName, type NamedRoute, namedRoutes, sharesRedirect } from './route-table.ts'
import { toApp } from './to-app.ts'
import { linkOf, upstreamNamed, upstreamSections } from './upstreams.ts'

export function destinations(draft: Draft): Location[] {
  const routes = namedRoutes(draft.config)
  const apps = appsOf(draft.config)
  const named = (draft.facts.edge?.handlers ?? []).includes('route')
  return [
    ...Object.entries(draft.config.redirects).map(([from, to]) => movedLocation(from, to)),
    ...routes.filter(({ native }) => native).flatMap((one) => nativeLocations(draft, one)),
    ...apps.flatMap(({ name, app }) => appLocations(draft, name, app.at)),
    ...routes.filter(({ native }) => !native || named).flatMap((one) => namedLocations(draft, one)),
    ...routes.flatMap((one) => ownAnswerLocations(draft, policyOf(draft, one.route), one)),
    ...(named ? apps.map(({ name }) => namedApp(draft, name)) : []),
    ...(hasJumps(draft)
      ? jumpTargets(draft, policyOf(draft, {}), (policy) =>
          toApp(draft, byEdge, undefined, policy, { rewritten: true }),
        )
      : []),
    ...awayLocations(draft),
    ...maintenanceLocations(draft),
  ]
}

const matchOf = (route: Route): Match =>
  route.matches !== undefined
    ? { modifier: '~', path: route.matches }
    : { modifier: route.path?.endsWith('/') ? undefined : '=', path: route.path as string }

function nativeLocations(draft: Draft, one: NamedRoute): Location[] {
  const { name, route } = one
  const toApp =
    route.redirect === undefined && !route.respond && !route.maintenance && route.folder === undefined
  return [
    {
      why: `Route ${name}.`,
      match: matchOf(route),
      sections: [...(toApp ? routing(draft) : []), ...answer(draft, one)],
      // An exact location can hold no other, and its one file was asked for by name.
      locations: route.folder === undefined || matchOf(route).modifier === '=' ? [] : [hiddenFiles()],
    },
    ...corsLocations(draft, policyOf(draft, route).cors, name),
  ]
}

function namedLocations(draft: Draft, one: NamedRoute): Location[] {
  const { name, route, native } = one
  if (sharesRedirect(draft.config, one) || (!native && route.maintenance)) return []
  if (!native && route.body !== undefined) {
    throw new PosternError('GENERATE_REFUSED', {
      key: `routes.${name}.body`,
      reason:
        'nginx weighs a body before njs can choose a route: say it of a route whose only condition is its path, or in limits',
    })
  }
  return [
    {
      why: `Route ${name}, when njs says so.`,
      match: { modifier: undefined, path: `@${draft.own(`to_${locationName(name)}`)}` },
      // A named location takes no others inside.
      sections: [...(route.folder === undefined ? [] : [hiddenHere()]), ...answer(draft, one)],
      locations: [],
    },
    ...(native ? [] : corsLocations(draft, policyOf(draft, route).cors, name)),
  ]
}

/** What a route does, without the conditions. */
function answer(draft: Draft, one: NamedRoute): Section[] {
  const { name, route } = one
  const policy = policyOf(draft, route)
  const own = ownAnswer(draft, policy, one)
  if (own !== undefined) return own
  if (route.maintenance)
    return [section('', line('error_page', 599, '=', `@${draft.own('maintenance')}`), literal('return', 599))]
  if (route.folder !== undefined) return folderSections(draft, policy, name, route)
  if (route.upstream !== undefined) {
    return [
      awaySection(draft),
      ...policySections(draft, policy, name, linkOf(upstreamNamed(draft, route.upstream))),
      ...upstreamSections(draft, {
        name: route.upstream,
        websocket: route.websocket ?? false,
        timeoutMs: policy.timeout,
        events: policy.events ?? false,
        streamUploads: policy.uploads === 'stream',
      }),
    ]
  }
  return toApp(draft, name, route.app, policy, { rewritten: route.rewrite !== undefined })
}

function folderSections(draft: Draft, policy: Policy, name: string, route: Route): Section[] {
  return [
    ...policySections(draft, policy, name, undefined),
    section(
      'Files by their whole path.',
      line('root', resolve(draft.facts.folder, route.folder as string)),
      ...(route.fallback === undefined
        ? []
        : [line('try_files', expr('$uri'), `/${route.fallback.replace(/^\//, '')}`, '=404')]),
    ),
  ]
}
