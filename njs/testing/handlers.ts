// Runs the handlers of an edge.ts as nginx would, with postern's own glue around them.
import type { EdgeHandlers, RouteResult } from '../edge.ts'
import { runHeaders, runRespond } from '../glue/edge.ts'
import { type Decision, decide } from '../lib/decide.ts'
import { findIn } from '../lib/find.ts'
import type { RouteTable } from '../lib/table.ts'
import { type FakeOptions, fakeRequest, type Logged } from './request.ts'

export type { Decision, RouteResult }

export type Tried<T> = T & { logged: Logged[] }

/** What `route` and `rewrite` decide; `table` holds routes and names of the site file, when they matter. */
export function tryRoute(
  edge: EdgeHandlers,
  request: FakeOptions & { now?: number; random?: () => number },
  table: RouteTable = { routes: [] },
): Tried<Decision> {
  const r = fakeRequest(request)
  const moment = { now: request.now ?? Date.now(), random: request.random ?? Math.random }
  return { ...decide(findIn(table), table.named ?? {}, edge, 'postern_', r, moment), logged: r.logged }
}

/** The header lines of the application's answer after `headers` has seen them. */
export function tryHeaders(edge: EdgeHandlers, request: FakeOptions): Tried<{ headers: [string, string][] }> {
  const r = fakeRequest({ ...request, response: { status: 200, ...request.response } })
  runHeaders(r, edge)
  return { headers: r.sent(), logged: r.logged }
}

/** What `respond` answers. */
export async function tryRespond(
  edge: EdgeHandlers,
  request: FakeOptions,
): Promise<Tried<{ status: number; body: string | undefined; headers: [string, string][] }>> {
  const r = fakeRequest(request)
  await runRespond(r, edge)
  const { status, body } = r.answer ?? { status: 500, body: undefined }
  return { status, body, headers: r.sent(), logged: r.logged }
}
