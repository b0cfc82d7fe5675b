// Runs inside nginx (njs). A visitor with the cookie canary=1 gets tomorrow's page under today's address.
import { cookie, type EdgeRequest, type RouteResult } from 'postern/edge'

export function route(r: EdgeRequest): RouteResult {
  if (r.uri === '/canary' && cookie(r, 'canary') === '1') return { rewrite: '/next/canary' }
  return undefined
}
