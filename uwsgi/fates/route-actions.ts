// What a route of uWSGI does with a request -> an action, a policy or a header of the site, or an entry of log-skip.
// An answer of undefined: done; a text: why it is not, for the operator.

import type { Draft, SiteRoute } from '../draft.ts'
import type { Entry } from '../entry.ts'
import { addToOption } from '../fate.ts'
import { tell } from '../value.ts'
import { addHeader } from './headers.ts'
import { asLogSkip, type Conditions } from './route-conditions.ts'

/** What to do about a route that is not taken. */
export type Refusal = { reason: string; remedy: string }

const inSite = 'write it as a route in the site file (docs/site.md), or in edge.ts'
const refuse = (reason: string, remedy = inSite): Refusal => ({ reason, remedy })

type Act = (entry: Entry, draft: Draft, on: Conditions, argument: string) => Refusal | undefined

/** `$1`, `${PATH_INFO}` and the like, as the site file writes them. */
const target = (text: string): string =>
  text
    .replace(/\$\{REQUEST_URI\}/g, '{path}{?args}')
    .replace(/\$\{PATH_INFO\}/g, '{path}')
    .replace(/\$\{(HTTP_HOST|SERVER_NAME)\}/g, '{host}')
    .replace(/\$\{?(\d)\}?/g, '{$1}')

const isTarget = (text: string): boolean => /^(https?:\/\/|\/)[^\s$]*$/.test(text)

/** A route of the site; refused where its conditions are none of the site's. */
function toSite(
  entry: Entry,
  draft: Draft,
  { route, only }: Conditions,
  what: SiteRoute,
): Refusal | undefined {
  if (only !== undefined) return refuse('the site’s routes have no such condition')
  const same = sameRoute(draft, { route })
  if (same && actionOf(same) && actionOf(what)) {
    if (actionOf(same) === actionOf(what)) return undefined
    return refuse('an earlier route with the same condition answers first', 'remove the line')
  }
  draft.onlyNginx.push(entry)
  // nginx has one location for one pattern: policies of several lines meet in one route.
  if (same)
    Object.assign(same, what, { ...(what.headers && { headers: { ...same.headers, ...what.headers } }) })
  else draft.site.routes.push({ ...route, ...what })
  return undefined
}

const sameRoute = (draft: Draft, { route }: Conditions): SiteRoute | undefined =>
  draft.site.routes.find((one) => JSON.stringify(conditionsOf(one)) === JSON.stringify(route))

function conditionsOf({ path, matches, hosts, methods, requestHeaders }: SiteRoute): SiteRoute {
  const all = { path, matches, hosts, methods, requestHeaders }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const actionOf = ({ redirect, rewrite, respond, upstream }: SiteRoute): unknown =>
  redirect ?? rewrite ?? respond ?? upstream

const donotlog: Act = (entry, draft, on) => {
  const skip = asLogSkip(on)
  if (skip === undefined) return refuse('log-skip knows paths, hosts, user agents and addresses')
  addToOption(draft, 'log-skip', skip, entry)
  return undefined
}

const files: Act = (entry, draft, { route }, argument) => {
  // `^/static/(.*) static:/srv/static/$1`: the folder and what is below it.
  const [, folder] = /^(.*?)\/?\$\{?1\}?$/.exec(argument) ?? []
  const pattern = folder === undefined ? route.matches : route.matches?.replace(/\(\.[*+]\)\$?$/, '')
  const at = route.path ?? /^\^?(\/[\w./-]*)\$?$/.exec((pattern ?? '').replaceAll('\\', ''))?.[1]
  const root = folder ?? argument
  if (at === undefined || root.includes('$')) return refuse('only a folder below one path can be served')
  draft.site.static.push({ at, root, keepsMount: false })
  addToOption(draft, 'static-map', `${at}=${root}`, entry)
  return undefined
}

const header: Act = (entry, draft, on, argument) => {
  const { requestHeaders, ...rest } = on.route
  const everywhere = on.only === undefined && Object.keys(on.route).length === 0
  const forHttps = Object.keys(rest).length === 0 && requestHeaders?.['X-Forwarded-Proto'] === 'https'
  const isHsts = /^strict-transport-security:/i.test(argument)
  // Browsers ignore HSTS on plain http: it may be said everywhere.
  if (everywhere || (forHttps && isHsts)) return addHeader(entry, draft, argument)
  const [, name, value] = /^([^:]+):\s*(.*)$/.exec(argument) ?? []
  if (name === undefined || value === undefined) return refuse('expected addheader:Name: value')
  return toSite(entry, draft, on, { headers: { [name]: value } })
}

const redirect =
  (status: number): Act =>
  (entry, draft, on, argument) => {
    const to = target(argument)
    if (!isTarget(to)) return refuse(`'${argument}' is no address with $1, \${HTTP_HOST} and \${REQUEST_URI}`)
    return toSite(entry, draft, on, { redirect: to, status })
  }

const respond: Act = (entry, draft, on, argument) => {
  const [, status] = /^([2-5]\d\d)/.exec(argument) ?? []
  if (status === undefined) return refuse('it stops the chain of routes; here the first route that fits acts')
  return toSite(entry, draft, on, { respond: { status: Number(status) } })
}

const rewrite: Act = (entry, draft, on, argument) => {
  const to = target(argument)
  if (!to.startsWith('/') || !isTarget(to)) return refuse('the site rewrites to a path')
  return toSite(entry, draft, on, { rewrite: to })
}

/** `Realm,file` and `Realm,name:password`; with basicauth-next the next line has another user. */
const password =
  (isLast: boolean): Act =>
  (entry, draft, on, argument) => {
    const [, users = ''] = /^[^,]*,(.*)$/s.exec(argument) ?? []
    const [, name, word] = /^([^:]*):(.*)$/s.exec(users) ?? []
    const same = sameRoute(draft, on)
    if (users === '') return refuse('expected a realm and who may come: Realm,file or Realm,name:password')
    if (
      same?.password !== undefined ||
      (same?.users !== undefined && (settled.has(same) || name === undefined))
    )
      return refuse(
        'an earlier line with the same condition says who may come',
        '`htpasswd <its file> <name>` adds somebody there',
      )
    if (name === undefined || word === undefined) return toSite(entry, draft, on, { password: users })
    // A # is a comment in such files, and a line end another user.
    if (!/^[^#\p{Cc}][^\p{Cc}]*$/u.test(name) || word === '')
      return refuse(
        'nginx takes no such name, or an empty password',
        'make a file: `htpasswd -c htpasswd name`',
      )
    const refused = toSite(entry, draft, on, { users: [...(same?.users ?? []), { name, password: word }] })
    const route = sameRoute(draft, on)
    if (refused === undefined && isLast && route) settled.add(route)
    return refused
  }

/** Routes whose last line refuses everyone it does not know. */
const settled = new WeakSet<SiteRoute>()

/** `uwsgi:/tmp/ws.sock,0,0`, `http:127.0.0.1:9000` */
const upstream =
  (protocol: 'http' | 'uwsgi'): Act =>
  (entry, draft, on, argument) => {
    const [place = ''] = argument.split(',')
    const server = place.startsWith('/') ? `unix:${place}` : place.replace(/^:/, '127.0.0.1:')
    if (!/^(unix:\/|[\w.-]+:\d+$|\[[\da-f:.]+\]:\d+$)/i.test(server))
      return refuse(`'${place}' is no address`)
    const known = Object.entries(draft.site.upstreams).find(([, one]) => one.servers[0] === server)
    const name = known?.[0] ?? `server-${Object.keys(draft.site.upstreams).length + 1}`
    const refused = toSite(entry, draft, on, { upstream: name })
    if (refused === undefined) draft.site.upstreams[name] = { servers: [server], protocol }
    return refused
  }

const nothing =
  (text: string): Act =>
  (entry, draft) => {
    tell(draft, entry, 'note', `${entry.key} = ${entry.value}: ${text}`)
    return undefined
  }

const actions: [pattern: RegExp, act: Act][] = [
  [/^(donotlog|disablelog)$/, donotlog],
  [/^(static|file)$/, files],
  [/^add-?header$/, header],
  [/^redirect(-302)?$/, redirect(302)],
  [/^redirect-(permanent|301)$/, redirect(301)],
  [/^(return|break)$/, respond],
  [/^rewrite$/, rewrite],
  [/^basicauth$/, password(true)],
  [/^basicauth-next$/, password(false)],
  [/^http$/, upstream('http')],
  [/^uwsgi$/, upstream('uwsgi')],
  [/^fixpathinfo$/, nothing('mounts always split SCRIPT_NAME and PATH_INFO')],
  [/^donotoffload$/, nothing('sending never occupies a worker')],
  [/^(log|logvar)$/, nothing('nothing is logged for it')],
]

/** undefined: it is done. */
export function act(
  entry: Entry,
  draft: Draft,
  on: Conditions,
  action: string,
  argument: string,
): Refusal | undefined {
  const found = actions.find(([pattern]) => pattern.test(action))
  return found ? found[1](entry, draft, on, argument) : refuse(`there is no '${action}' here`)
}
