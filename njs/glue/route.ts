// js_set handlers that decide: the route, the form of a static file. Facts go into js_var variables.
// Nothing here may throw: a js_set that throws is an empty value and an [error] line, and costs dearly before njs 0.8.7.
import type { EdgeHandlers } from '../edge.ts'
import { weighEntry } from '../lib/asset.ts'
import { decide, type Named } from '../lib/decide.ts'
import type { FindRoute } from '../lib/find.ts'
import { header } from '../lib/headers.ts'
import type { NjsRequest } from '../request.ts'

/** The value of `$<prefix>route`. */
export function routeOf(
  r: NjsRequest,
  find: FindRoute,
  named: Named,
  edge: EdgeHandlers,
  prefix: string,
): string {
  const found = decide(find, named, edge, prefix, r, { now: Date.now(), random: Math.random })
  const vars = r.variables
  if (found.name !== '') vars[`${prefix}name`] = found.name
  if (found.target !== '') vars[`${prefix}target`] = found.target
  if (found.uri !== '') {
    vars[`${prefix}uri`] = found.uri
    vars[`${prefix}args`] = found.args
  }
  if (found.cookie !== '') vars[`${prefix}cookie`] = found.cookie
  return found.location
}

/** The value of `$<prefix>asset_weighed`: which form of a static file a client with quality values gets. */
export function weighedOf(r: NjsRequest, prefix: string): string {
  return weighEntry(r.variables[`${prefix}asset_entry`] || '', header(r, 'Accept-Encoding'))
}
