// From a request to a decision: the author's route function first, then the table, in order. Never throws.
import type { EdgeHandlers, RouteResult } from '../edge.ts'
import type { NjsRequest } from '../request.ts'
import type { FindRoute } from './find.ts'
import { holds, type Moment, type Notes } from './match.ts'
import type { Action } from './table.ts'
import { fillPath, fillUrl, splitTarget, withoutHost } from './target.ts'
import { wellFormed } from './text.ts'

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

/** What edge.ts may name: the location that does it, or all of the route’s action. */
export type Named = { [name: string]: string | Action }

export function decide(
  find: FindRoute,
  named: Named,
  edge: EdgeHandlers,
  prefix: string,
  r: NjsRequest,
  moment: Moment,
): Decision {
  const notes: Notes = { groups: [], cookie: '' }
  const chosen = askEdge(edge, named, prefix, r)
  if (chosen) return chosen
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
function askEdge(edge: EdgeHandlers, named: Named, prefix: string, r: NjsRequest): Decision | undefined {
  if (!edge.route && !edge.rewrite) return undefined
  try {
    const uri = wellFormed(r.uri)
    const asked = uri === r.uri ? r : withUri(r, uri)
    const said = edge.route ? edge.route(asked) : undefined
    if (said !== undefined && said !== null) return fromEdge(said, named, prefix, r)
    const to = edge.rewrite ? edge.rewrite(asked) : undefined
    return to === undefined || to === null ? undefined : fromEdge({ rewrite: to }, named, prefix, r)
  } catch (e) {
    r.error(`edge.ts: ${e instanceof Error ? e.message : String(e)}`)
    return undefined
  }
}

/** The author's expressions are not to throw on a path that is no UTF-8. */
function withUri(r: NjsRequest, uri: string): NjsRequest {
  return {
    uri,
    method: r.method,
    httpVersion: r.httpVersion,
    remoteAddress: r.remoteAddress,
    headersIn: r.headersIn,
    rawHeadersIn: r.rawHeadersIn || [],
    variables: r.variables,
    log: (message) => r.log(message),
    warn: (message) => r.warn(message),
    error: (message) => r.error(message),
  }
}

function fromEdge(
  said: NonNullable<RouteResult>,
  named: Named,
  prefix: string,
  r: NjsRequest,
): Decision | undefined {
  if ('to' in said) {
    const given = named[said.to]
    const action = typeof given === 'string' ? { location: given } : given
    // Every object has a `constructor` and more, which are no routes.
    if (!action || typeof action.location !== 'string') return refuse(r, `there is no route named ${said.to}`)
    return fromAction(said.to, action, r, { groups: [], cookie: '' })
  }
  const found: Decision = { name: 'edge', location: '', target: '', uri: '', args: '', cookie: '' }
  if ('redirect' in said) {
    const status = said.status || 302
    if (!isRedirect(status)) return refuse(r, `${status} is not a redirect`)
    found.location = `@${prefix}redirect_${status}`
    // Computed from what a client sent, most likely: `//host` cannot be told from an accident. https://host can be said.
    found.target = withoutHost(fillUrl(String(said.redirect), r, []))
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
