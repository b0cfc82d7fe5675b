// From a request to a decision: the author's route function first, then the table, in order. Never throws.
import type { EdgeHandlers, RouteResult } from '../edge.ts'
import type { NjsRequest } from '../request.ts'
import type { FindRoute } from './find.ts'
import { holds, type Moment, type Notes } from './match.ts'
import type { Action } from './table.ts'
import { fillPath, fillUrl, splitTarget } from './target.ts'

export type Decision = {
  /** The route's name, for logs and for the application. */
  name: string
  /** A named location with its `@`, or '' for the location that asked. */
  location: string
  target: string
  uri: string
  args: string
  /** A Set-Cookie value, or ''. */
  cookie: string
}

/** What edge.ts may name, and the location that does it. */
export type Named = { [name: string]: string }

export function decide(
  find: FindRoute,
  named: Named,
  edge: EdgeHandlers,
  prefix: string,
  r: NjsRequest,
  moment: Moment,
): Decision {
  const notes: Notes = { groups: [], cookie: '' }
  const said = askEdge(edge, r)
  if (said) {
    const chosen = fromEdge(said, named, prefix, r)
    if (chosen) return chosen
  }
  const route = find(r, (when) => holds(when, r, moment, notes))
  if (route) return fromAction(route.name, route.action, r, notes)
  return { name: '', location: '', target: '', uri: '', args: '', cookie: notes.cookie }
}

function fromAction(name: string, action: Action, r: NjsRequest, notes: Notes): Decision {
  return {
    name,
    location: action.location === '' ? '' : `@${action.location}`,
    target: action.target === undefined ? '' : fillUrl(action.target, r, notes.groups),
    uri: action.rewrite ? fillPath(action.rewrite.uri, r, notes.groups) : '',
    args: action.rewrite ? fillUrl(action.rewrite.args || '', r, notes.groups) : '',
    cookie: notes.cookie,
  }
}

/** A throw in the author's code costs the request nothing but the author's wish: it is logged, the table goes on. */
function askEdge(edge: EdgeHandlers, r: NjsRequest): RouteResult {
  try {
    const said = edge.route ? edge.route(r) : undefined
    if (said !== undefined && said !== null) return said
    const to = edge.rewrite ? edge.rewrite(r) : undefined
    return to === undefined || to === null ? undefined : { rewrite: to }
  } catch (e) {
    r.error(`edge.ts: ${e instanceof Error ? e.message : String(e)}`)
    return undefined
  }
}

function fromEdge(
  said: NonNullable<RouteResult>,
  named: Named,
  prefix: string,
  r: NjsRequest,
): Decision | undefined {
  const found: Decision = { name: 'edge', location: '', target: '', uri: '', args: '', cookie: '' }
  if ('to' in said) {
    const location = named[said.to]
    if (typeof location !== 'string') return refuse(r, `there is no route named ${said.to}`)
    found.name = said.to
    found.location = location === '' ? '' : `@${location}`
  } else if ('redirect' in said) {
    const status = said.status || 302
    if (!isRedirect(status)) return refuse(r, `${status} is not a redirect`)
    found.location = `@${prefix}redirect_${status}`
    found.target = fillUrl(String(said.redirect), r, [])
  } else if ('rewrite' in said) {
    const parts = splitTarget(String(said.rewrite))
    if (parts.uri.charAt(0) !== '/') return refuse(r, 'a rewrite must start with /')
    found.location = `@${prefix}rewrite`
    found.uri = fillPath(parts.uri, r, [])
    found.args = parts.args === undefined ? r.variables.args || '' : fillUrl(parts.args, r, [])
  } else if ('respond' in said) {
    found.location = `@${prefix}respond`
  } else if ('maintenance' in said) {
    found.location = `@${prefix}maintenance`
  } else {
    return refuse(r, 'route() answered with an unknown kind of result')
  }
  return found
}

function isRedirect(status: number): boolean {
  return status >= 301 && status <= 308 && status !== 304 && status !== 305 && status !== 306
}

function refuse(r: NjsRequest, why: string): undefined {
  r.error(`edge.ts: ${why}; the site's routes decide`)
  return undefined
}
