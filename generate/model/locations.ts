// The locations that lead to applications and other destinations, native ones and those njs jumps to.

import { resolve } from 'node:path'
import type { Policy } from '../../config/schema/policies.ts'
import type { Route } from '../../config/schema/routes.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { block, type Location, line, literal, type Match, type Section, section } from '../site.ts'
import { literalExpr, ownAnswer, ownAnswerLocations } from './answers.ts'
import { appsOf } from './app.ts'
import { corsLocations } from './cors.ts'
import type { Draft } from './draft.ts'
import { hiddenFiles, hiddenHere } from './files.ts'
import { bodyFolder } from './http.ts'
import { hasJumps, recursive, routing } from './jump.ts'
import { jumpTargets } from './jump-targets.ts'
import { awayLocations, awaySection, maintenanceLocations } from './pages.ts'
import { passSections } from './pass.ts'
import { policySections } from './policies.ts'
import { byEdge, locationName, type NamedRoute, namedRoutes, sharesRedirect } from './route-table.ts'
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
    ...(named ? apps.map(({ name, app }) => namedApp(draft, name, app.at)) : []),
    ...(hasJumps(draft)
      ? jumpTargets(draft, policyOf(draft, {}), (policy) =>
          toApp(draft, byEdge, undefined, policy, { rewritten: true }),
        )
      : []),
    ...awayLocations(draft),
    ...maintenanceLocations(draft),
  ]
}

function movedLocation(from: string, to: string): Location {
  return {
    why: 'Moved for good. The query goes along.',
    match: { modifier: '=', path: from },
    sections: [section('', line('return', 308, expr(`${literalExpr(to)}$is_args$args`)))],
    locations: [],
  }
}

const matchOf = (route: Route): Match =>
  route.matches !== undefined
    ? { modifier: '~', path: route.matches }
    : { modifier: route.path?.endsWith('/') ? undefined : '=', path: route.path as string }

const policyOf = (draft: Draft, route: Policy): Policy => {
  const own = Object.fromEntries(Object.entries(route).filter(([, value]) => value !== undefined))
  return { ...draft.config.all, ...own }
}

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

function toApp(
  draft: Draft,
  name: string,
  wanted: string | undefined,
  policy: Policy,
  how: { rewritten?: boolean; storedBody?: boolean },
): Section[] {
  const apps = appsOf(draft.config)
  const found =
    wanted === undefined
      ? (apps.find(({ app }) => app.at === '/') ?? apps[0])
      : apps.find((one) => one.name === wanted)
  if (!found) {
    throw new PosternError('GENERATE_REFUSED', {
      key: `routes.${name}.app`,
      reason: `there is no application ${JSON.stringify(wanted ?? 'main')}; known: ${apps.map((one) => one.name).join(', ') || 'none'}`,
    })
  }
  return [
    awaySection(draft),
    ...policySections(draft, policy, name, 'fastcgi'),
    ...(how.rewritten ? [rewriteSection(draft)] : []),
    ...passSections(draft, {
      scriptName: found.app.at === '/' ? '' : found.app.at.slice(0, -1),
      timeoutMs: policy.timeout,
      rewritten: how.rewritten ?? false,
      storedBody: how.storedBody ?? false,
      authenticated: policy.password !== undefined,
      streamUploads: policy.uploads === 'stream',
      events: policy.events ?? false,
    }),
    ...headerFilter(draft),
  ]
}

const rewriteSection = (draft: Draft): Section =>
  section(
    'The application sees the path njs chose.',
    line('rewrite', expr('^'), expr(`$${draft.own('uri')}?$${draft.own('args')}?`), 'break'),
  )

function headerFilter(draft: Draft): Section[] {
  const filter = draft.made.wiring?.headerFilter
  return filter ? [section('The headers handler of edge.ts.', literal('js_header_filter', filter))] : []
}

function appLocations(draft: Draft, name: string, at: string): Location[] {
  const policy = policyOf(draft, {} as Policy)
  const only = appsOf(draft.config).length === 1
  const stored = storesBodies(draft, policy)
  const location: Location = {
    why: only && at === '/' ? 'Everything else is the application’s.' : `The application ${name}.`,
    match: { modifier: undefined, path: at },
    sections: [
      ...routing(draft),
      ...(stored ? [storeSection(draft, name)] : []),
      ...toApp(draft, name, name, policy, {}),
    ],
    locations: [],
  }
  const bare: Location[] =
    at === '/'
      ? []
      : [
          {
            ...movedLocation(at.slice(0, -1), at),
            why: 'Without the last slash it would be another application’s.',
          },
        ]
  return [
    ...bare,
    location,
    ...(stored ? [storedLocation(draft, name, policy)] : []),
    ...corsLocations(draft, policy.cors, name),
  ]
}

/** The gateway must be able to read what nginx's workers have written: as root, or as the same user. */
function storesBodies(draft: Draft, policy: Policy): boolean {
  const { uid } = draft.config.gateway
  const same = uid === undefined || uid === draft.names.user || uid === 'root' || uid === '0'
  return same && (policy.uploads ?? 'file') === 'file' && !policy.events
}

function storeSection(draft: Draft, name: string): Section {
  const large = draft.map(
    'large_body',
    'Bodies from 70 kB on, which nginx has in a file anyway: cheaper to read there than through a socket.',
    '$http_content_length',
    [
      ['default', ''],
      // Most requests have no body: found by its hash, without a regex.
      ['', ''],
      ['~^[7-9]\\d{4}$', '1'],
      ['~^[1-9]\\d{5}', '1'],
    ],
  )
  return section(
    'A large body stays in nginx’s file; 596 is never sent, it only carries the jump.',
    line('error_page', 596, '=', `@${draft.own(`stored_${locationName(name)}`)}`),
    ...(hasJumps(draft) ? [] : [recursive()]),
    block('if', [expr(`(${large.expr})`)], [literal('return', 596)]),
  )
}

const storedLocation = (draft: Draft, name: string, policy: Policy): Location => ({
  why: `Large uploads for ${name}: the application reads them from nginx’s file.`,
  match: { modifier: undefined, path: `@${draft.own(`stored_${locationName(name)}`)}` },
  sections: [
    section(
      'In the site’s own folder, the only one the gateway opens files in.',
      literal('client_body_temp_path', bodyFolder(draft.names)),
    ),
    ...toApp(draft, name, name, policy, { storedBody: true }),
  ],
  locations: [],
})

const namedApp = (draft: Draft, name: string, _at: string): Location => ({
  why: `The application ${name}, when edge.ts says so.`,
  match: { modifier: undefined, path: `@${draft.own(`to_${locationName(name)}`)}` },
  sections: toApp(draft, name, name, policyOf(draft, {} as Policy), {}),
  locations: [],
})
