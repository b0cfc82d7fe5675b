// Walks a route table given as data. Site scripts get the same walk written out as code (generate/njs/tables.ts), which
// builds nothing for the routes that do not match; this one serves the tests and postern/testing.
import type { NjsRequest } from '../request.ts'
import type { Condition, Route, RouteTable } from './table.ts'

/** The first route that holds; `test` judges what the walk cannot. */
export type FindRoute = (r: NjsRequest, test: (when: Condition) => boolean) => Route | undefined

export function findIn(table: RouteTable): FindRoute {
  return (_r, test) => {
    for (let i = 0; i < table.routes.length; i++) {
      const route = table.routes[i] as Route
      if (test(route.when)) return route
    }
    return undefined
  }
}
