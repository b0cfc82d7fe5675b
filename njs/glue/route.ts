// js_set handlers that decide: the route, the static file. They write the facts into js_var variables.
// Nothing here may throw: a js_set that throws is an empty value and an [error] line, and costs dearly before njs 0.8.7.
import type { EdgeHandlers } from '../edge.ts'
import { chooseAsset } from '../lib/asset.ts'
import { decide, type Named } from '../lib/decide.ts'
import type { FindRoute } from '../lib/find.ts'
import { header } from '../lib/headers.ts'
import type { AssetTable } from '../lib/table.ts'
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

/** The value of `$<prefix>asset`: the file to send, '' when the client refuses every form of it. */
export function assetOf(r: NjsRequest, table: AssetTable, prefix: string): string {
  const entry = r.variables[`${prefix}asset_entry`] || ''
  const found = chooseAsset(table, r.uri, entry, header(r, 'Accept-Encoding'))
  const vars = r.variables
  if (found.encoding !== '') vars[`${prefix}asset_encoding`] = found.encoding
  if (found.vary !== '') vars[`${prefix}asset_vary`] = found.vary
  if (found.cache !== '') vars[`${prefix}asset_cache`] = found.cache
  return found.file
}
