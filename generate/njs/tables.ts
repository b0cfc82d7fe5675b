// Turns the site's tables into code. A table is built by a function, not at the top level: njs makes a new VM for
// each request and runs the top level every time, also for requests that never look at the table.

import type { PathMatch, RouteTable } from './types.ts'

/** JSON with one addition: the value of a `matches` key becomes a regular expression literal, compiled once by njs. */
export function literal(value: unknown, key = ''): string {
  if (key === 'matches' && typeof value === 'string') return String(new RegExp(value))
  if (Array.isArray(value)) return `[${value.map((item) => literal(item)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => `${JSON.stringify(name)}:${literal(member, name)}`)
    return `{${members.join(',')}}`
  }
  return JSON.stringify(value)
}

/**
 * The walk through the routes as a function `find(r, test)`: paths and methods are compared where they stand, and only a
 * route whose path fits has its other conditions built and judged. A table as data costs a microsecond per route.
 */
export function findCode(table: RouteTable): string {
  const lines = table.routes.map((route) => {
    const { path, methods, ...rest } = route.when
    const others = path !== undefined && 'matches' in path ? { path, ...rest } : rest
    const tests = [
      ...(path === undefined ? [] : pathTest(path)),
      ...(methods === undefined
        ? []
        : [`(${methods.map((name) => `m === ${JSON.stringify(name)}`).join(' || ')})`]),
      ...(Object.keys(others).length === 0 ? [] : [`test(${literal(others)})`]),
    ]
    const found = `return ${literal({ name: route.name, when: {}, action: route.action })}`
    return tests.length === 0 ? found : `if (${tests.join(' && ')}) ${found}`
  })
  return `function find(r, test) { const u = r.uri; const m = r.method; ${lines.join('; ')}; return undefined }`
}

function pathTest(path: PathMatch): string[] {
  if ('exact' in path) return [`u === ${JSON.stringify(path.exact)}`]
  return 'prefix' in path ? [`u.startsWith(${JSON.stringify(path.prefix)})`] : []
}
