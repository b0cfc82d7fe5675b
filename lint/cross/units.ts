// nginx's sizes and times, and where a pass goes: shared by the cross-checks. Pure.

import { PASSES } from '../model/handler.ts'
import type { Model } from '../model/model.ts'
import type { Site } from '../model/site.ts'
import type { Statement } from '../model/statement.ts'

export function readSize(text: string): number | undefined {
  const found = /^(\d+)([kmg]?)$/i.exec(text)
  if (found === null) return undefined
  return (
    Number(found[1]) * ({ '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(found[2] ?? '').toLowerCase()] ?? 1)
  )
}

const UNIT: Record<string, number> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  M: 2_592_000,
  y: 31_536_000,
}

/** Seconds. */
export function readTime(text: string): number | undefined {
  let total = 0
  let rest = text
  for (;;) {
    const found = /^(\d+)(ms|[smhdwMy]?)\s*/.exec(rest)
    if (found === null) return rest === '' && text !== '' ? total : undefined
    total += Number(found[1]) * (UNIT[found[2] === '' ? 's' : (found[2] as string)] as number)
    rest = rest.slice(found[0].length)
    if (rest === '') return total
  }
}

export const sayMb = (bytes: number): string =>
  bytes >= 1024 ** 2 ? `${Math.round((bytes / 1024 ** 2) * 10) / 10} MB` : `${Math.round(bytes / 1024)} kB`

/** The passes that go to an application: not to another site, not to memcached. */
export function appPasses(server: Statement): Statement[] {
  return server
    .below()
    .filter(
      (one) =>
        (PASSES as readonly string[]).includes(one.name) &&
        one.name !== 'memcached_pass' &&
        !/^(?:https|grpcs?|suwsgi):\/\//.test(one.arg),
    )
}

export type AppSite = { site: Site; passes: Statement[] }

/** The servers that pass requests to an application. */
export function appSites(model: Model): AppSite[] {
  return model.sites.flatMap((site) => {
    const passes = site.module === 'http' ? appPasses(site.server) : []
    return passes.length === 0 ? [] : [{ site, passes }]
  })
}
