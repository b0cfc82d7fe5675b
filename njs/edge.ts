// postern/edge: what an author's edge.ts may import. Types of the four handlers, and helpers that behave the same
// in every njs engine and under Node. Handlers keep no state between requests and never see a raw socket.
import type { NjsContentRequest, NjsFilterRequest, NjsRequest } from './request.ts'

export { equalSecret } from './lib/equal.ts'
export { bucket } from './lib/hash.ts'
export { cleanHeader, cookie, hasCookie, header } from './lib/headers.ts'
export { preferredLanguage } from './lib/language.ts'
export { decodeQuery, encodeUrl, escapeHtml, queryValues } from './lib/text.ts'
export type { NjsContentRequest, NjsFilterRequest, NjsRequest } from './request.ts'

/**
 * The names `{ to: … }` may say. The build writes those of the site file to out/edge.d.ts, which fills this in when your
 * tsconfig.json includes it; without, any text goes and the build alone checks.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled in by out/edge.d.ts
export interface RouteNames {}
export type RouteName = keyof RouteNames extends never ? string : keyof RouteNames & string

/** `undefined` leaves the decision to the site's routes. */
export type RouteResult =
  | undefined
  /** A route or an application of the site file, by name. */
  | { to: RouteName }
  | { redirect: string; status?: 301 | 302 | 303 | 307 | 308 }
  /** Another path (and `?args`; without a `?` the request keeps its own) for the application. */
  | { rewrite: string }
  /** Let `respond` answer. Its request body is read into memory: for small ones. */
  | { respond: true }
  | { maintenance: true }

export type RouteHandler = (r: NjsRequest) => RouteResult
/** A path for the application, or undefined to keep it. Asked after `route`. */
export type RewriteHandler = (r: NjsRequest) => string | undefined

/** name → value; several values (Set-Cookie) as an array; null removes the header. */
export type HeaderChanges = { [name: string]: string | string[] | null }
export type HeadersHandler = (
  r: NjsRequest,
  response: { status: number; header(name: string): string },
) => HeaderChanges | undefined

export type EdgeResponse = { status: number; headers?: { [name: string]: string | string[] }; body?: string }
export type RespondHandler = (r: NjsContentRequest) => EdgeResponse | Promise<EdgeResponse>

/** What edge.ts may export. */
export type EdgeHandlers = {
  route?: RouteHandler
  rewrite?: RewriteHandler
  headers?: HeadersHandler
  respond?: RespondHandler
}

export type { NjsFilterRequest as FilterRequest, NjsRequest as EdgeRequest }
