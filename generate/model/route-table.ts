// Which routes are nginx's own and which njs decides, and the table njs is given.

import type { Match, Route } from '../../config/schema/routes.ts'
import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import type { Action, Condition, RouteTable, ValueMatch } from '../njs/types.ts'
import { appsOf } from './app.ts'

export type NamedRoute = { name: string; route: Route; native: boolean }

export function namedRoutes(config: SiteConfig): NamedRoute[] {
  const seen = new Set(appsOf(config).map(({ name }) => locationName(name)))
  return config.routes.map((route, index) => {
    const name = route.name ?? `route_${index + 1}`
    if (seen.has(locationName(name))) {
      throw new PosternError('GENERATE_REFUSED', {
        key: `routes[${index}].name`,
        reason: `${JSON.stringify(name)} is already the name of another route or of an application`,
      })
    }
    seen.add(locationName(name))
    return { name, route, native: isNative(route) }
  })
}

/** A path or a pattern and nothing else: what nginx's own locations can say. Placeholders need njs. */
function isNative(route: Route): boolean {
  const { methods, hosts, requestHeaders, cookies, query, percent, time } = route
  const others = [methods, hosts, requestHeaders, cookies, query, percent, time]
  const hasPath = route.path !== undefined || route.matches !== undefined
  const filled = /\{(?:path|\?args|args|host|[1-9])\}/.test(`${route.redirect ?? ''}${route.rewrite ?? ''}`)
  return hasPath && others.every((one) => one === undefined) && !filled && route.rewrite === undefined
}

/** The table for njs; undefined when nothing needs it. */
export function routeTable(config: SiteConfig, prefix: string, hasEdge: boolean): RouteTable | undefined {
  const routes = namedRoutes(config)
  const decided = routes.filter((one) => !one.native)
  if (decided.length === 0 && !hasEdge) return undefined
  const named: [string, string | Action][] = [
    ...appsOf(config).map(({ name }): [string, string] => [name, `${prefix}to_${locationName(name)}`]),
    ...routes.map((one): [string, string | Action] => {
      const action: Action = one.native
        ? { location: `${prefix}to_${locationName(one.name)}` }
        : actionOf(config, one, prefix)
      return [one.name, Object.keys(action).length === 1 ? action.location : action]
    }),
  ]
  return {
    routes: decided.map((one) => ({
      name: one.name,
      when: conditionOf(one.route),
      action: actionOf(config, one, prefix),
    })),
    ...(hasEdge ? { named: Object.fromEntries(named) } : {}),
  }
}

/** Routes that njs would choose and that nothing asks for: nginx has sent the file, or there is no application. */
export function unaskedRoutes(config: SiteConfig, folders: readonly { at: string }[]): string[] {
  const asked =
    appsOf(config).length > 0 ||
    folders.some(({ at }) => at === '/') ||
    config.routes.some(({ upstream }) => upstream !== undefined)
  return namedRoutes(config)
    .filter(({ native }) => !native)
    .flatMap(({ name, route }) => {
      if (!asked)
        return [
          `route ${name} has no effect: its conditions are asked for before an application answers, and there is none`,
        ]
      const folder = folders.find(({ at }) => at !== '/' && route.path?.startsWith(at))
      return folder === undefined
        ? []
        : [
            `route ${name} has no effect: ${route.path} lies in the static folder ${folder.at}, which nginx serves without asking`,
          ]
    })
}

/** In the place of a route's name for what edge.ts decides and for the site's own pages. Those begin with a letter: nothing of theirs is called so. */
export const byEdge = '_edge'

export const locationName = (name: string): string => name.replaceAll('-', '_')

/** What holds for an answer that no application gives. */
const judging = [
  'allow',
  'deny',
  'password',
  'token',
  'clientCertificate',
  'limitRequests',
  'limitConnections',
  'headers',
  'cors',
  'log',
] as const

/** Redirects njs chooses share a location per status, unless there is more to say about one. */
export const sharesRedirect = (config: SiteConfig, { route, native }: NamedRoute): boolean =>
  !native &&
  route.redirect !== undefined &&
  judging.every((one) => (route[one] ?? config.all[one]) === undefined)

function actionOf(config: SiteConfig, one: NamedRoute, prefix: string): Action {
  const { name, route } = one
  const location = `${prefix}to_${locationName(name)}`
  if (route.redirect !== undefined) {
    return {
      location: sharesRedirect(config, one) ? `${prefix}redirect_${route.status}` : location,
      target: route.redirect,
    }
  }
  if (route.maintenance) return { location: `${prefix}maintenance` }
  return route.rewrite === undefined
    ? { location }
    : { location, rewrite: { uri: route.rewrite, args: '{args}' } }
}

function conditionOf(route: Route): Condition {
  const { path, matches, methods, hosts, requestHeaders, cookies, query, percent, time } = route
  return {
    ...(path === undefined ? {} : { path: path.endsWith('/') ? { prefix: path } : { exact: path } }),
    ...(matches === undefined ? {} : { path: { matches } }),
    ...(methods ? { methods } : {}),
    ...(hosts ? { hosts } : {}),
    ...(requestHeaders ? { headers: valuesOf(requestHeaders, true) } : {}),
    ...(cookies ? { cookies: valuesOf(cookies, false) } : {}),
    ...(query ? { query: valuesOf(query, false) } : {}),
    ...(percent ? { percent: percentOf(percent) } : {}),
    ...(time ? { time: timeOf(time) } : {}),
  }
}

function valuesOf(values: Record<string, Match>, lower: boolean): Record<string, ValueMatch> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [lower ? name.toLowerCase() : name, matchValue(value)]),
  )
}

function matchValue(value: Match): ValueMatch {
  if (typeof value === 'boolean') return { present: value }
  if (typeof value === 'string') return { is: [value] }
  return Array.isArray(value) ? { is: value } : value
}

function percentOf({ share, by, salt }: NonNullable<Route['percent']>): NonNullable<Condition['percent']> {
  return { share, salt, by: by === 'address' ? { variable: 'remote_addr' } : by }
}

const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const minutes = (clock: string): number => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))

function timeOf(time: NonNullable<Route['time']>): NonNullable<Condition['time']> {
  return {
    ...(time.from ? { from: Date.parse(time.from) } : {}),
    ...(time.until ? { until: Date.parse(time.until) } : {}),
    ...(time.daily ? { daily: { from: minutes(time.daily[0]), until: minutes(time.daily[1]) } } : {}),
    ...(time.days ? { days: time.days.map((day) => dayNames.indexOf(day)) } : {}),
    utcOffsetMinutes: time.utcOffsetMinutes,
  }
}
