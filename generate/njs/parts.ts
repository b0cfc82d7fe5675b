// The parts a site's script can have: the glue each needs, its nginx variables, and why they are there.
import { findCode, literal } from './tables.ts'
import type { NjsWiring, SiteScript } from './types.ts'

export type Part = {
  imports: string
  /** Functions by name; those that `set` names are exported. */
  functions: Record<string, string>
  set?: NjsWiring['set']
  vars?: NjsWiring['vars']
}

/** Stands for a secret while the script is built: only the finished file holds the secret itself. */
export const secretMark = (name: 'signed' | 'jwt'): string => `postern-secret-${name}`

export function partsOf(script: SiteScript, module: string): Part[] {
  const { prefix } = script
  const p = JSON.stringify(prefix)
  const parts: Part[] = []
  const handlers = script.edge?.handlers ?? []
  if (script.routes || handlers.includes('route') || handlers.includes('rewrite')) {
    parts.push({
      imports: `import { routeOf } from './glue/route.ts'`,
      functions: {
        find: findCode(script.routes ?? { routes: [] }),
        route: `function route(r) { return routeOf(r, find, ${literal(script.routes?.named ?? {})}, edge, ${p}) }`,
      },
      set: [
        {
          variable: `${prefix}route`,
          handler: `${module}.route`,
          why: 'which location answers; empty: this one',
        },
      ],
      vars: [
        { variable: `${prefix}name`, why: 'name of the route, for logs and the application' },
        { variable: `${prefix}target`, why: 'where a redirect leads' },
        { variable: `${prefix}uri`, why: 'the path after a rewrite' },
        { variable: `${prefix}args`, why: 'the arguments after a rewrite' },
        { variable: `${prefix}cookie`, why: 'Set-Cookie of a sticky percentage' },
      ],
    })
  }
  if (script.assets) {
    parts.push({
      imports: `import { weighedOf } from './glue/route.ts'`,
      functions: { asset_weighed: `function asset_weighed(r) { return weighedOf(r, ${p}) }` },
      set: [
        {
          variable: `${prefix}asset_weighed`,
          handler: `${module}.asset_weighed`,
          why: 'the form of a static file for a client with quality values',
        },
      ],
    })
  }
  if (script.pages) parts.push(pagesPart(script.pages, prefix, module))
  parts.push(...guardParts(script, module))
  if (handlers.includes('headers') || handlers.includes('respond')) {
    parts.push({
      imports: [
        ...(handlers.includes('headers') ? [`import { runHeaders } from './glue/edge.ts'`] : []),
        ...(handlers.includes('respond') ? [`import { runRespond } from './glue/edge.ts'`] : []),
      ].join('\n'),
      functions: {
        ...(handlers.includes('headers') ? { headers: 'function headers(r) { runHeaders(r, edge) }' } : {}),
        ...(handlers.includes('respond')
          ? { respond: 'function respond(r) { return runRespond(r, edge) }' }
          : {}),
      },
    })
  }
  return parts
}

/** Parts with one js_set each: its name, its glue function, its arguments, the variables it writes. */
function guardParts(script: SiteScript, module: string): Part[] {
  const { prefix, signed, jwt, cors, userKey, trace } = script
  const p = JSON.stringify(prefix)
  const part = (name: string, call: string, why: string, vars: [string, string][] = []): Part => ({
    imports: `import { ${call.slice(0, call.indexOf('('))} } from './glue/guard.ts'`,
    functions: { [name]: `function ${name}(r) { return ${call} }` },
    set: [{ variable: `${prefix}${name}`, handler: `${module}.${name}`, why }],
    vars: vars.map(([variable, reason]) => ({ variable: `${prefix}${variable}`, why: reason })),
  })
  const parts: Part[] = []
  if (signed) {
    parts.push(
      part('signed', `signedOf(r, ${literal(secretMark('signed'))})`, '1 when the link’s signature holds'),
    )
  }
  if (jwt) {
    parts.push(
      part(
        'jwt',
        `jwtOf(r, ${literal({ ...jwt, secret: secretMark('jwt') })}, ${p})`,
        '1 when the token holds',
        [
          ['jwt_sub', 'whom the token names'],
          ['jwt_why', 'why it was refused, for logs'],
        ],
      ),
    )
  }
  if (cors) {
    const vars = ['origin', 'credentials', 'exposed', 'methods', 'headers', 'max_age']
    parts.push(
      part(
        'cors',
        `corsOf(r, ${literal({ ...cors, origins: cors.origins.map((origin) => origin.toLowerCase()) })}, ${p})`,
        'preflight, actual, or empty',
        vars.map((name) => [`cors_${name}`, `Access-Control-… of an allowed origin`]),
      ),
    )
  }
  if (script.nonce) parts.push(part('nonce', 'nonceOf()', 'a fresh nonce for Content-Security-Policy'))
  if (userKey)
    parts.push(part('user', `userOf(r, ${literal(userKey)}, ${p})`, 'who asks, hashed, for limits and logs'))
  if (trace) {
    const trust = String(trace.trustIncoming)
    parts.push(part('request_id', `requestIdOf(r, ${trust})`, 'the request’s id'))
    parts.push(part('traceparent', `traceparentOf(r, ${trust})`, 'W3C Trace Context for the application'))
  }
  return parts
}

function pagesPart(pages: NonNullable<SiteScript['pages']>, prefix: string, module: string): Part {
  const p = JSON.stringify(prefix)
  const away = { site: pages.site, retryAfter: pages.retryAfter }
  const closed = {
    site: pages.site,
    retryAfter: pages.maintenance?.retryAfter ?? 300,
    title: pages.maintenance?.title ?? 'Closed for maintenance',
    text: pages.maintenance?.text ?? 'We are working on the site. It will be back soon.',
  }
  return {
    imports: `import { awayPage, closedPage } from './glue/page.ts'`,
    functions: {
      away: `function away(r) { return awayPage(r, ${literal(away)}, ${p}) }`,
      closed: `function closed(r) { return closedPage(r, ${literal(closed)}, ${p}) }`,
    },
    set: [
      { variable: `${prefix}page`, handler: `${module}.away`, why: 'the page when the gateway is away' },
      { variable: `${prefix}closed_page`, handler: `${module}.closed`, why: 'the page during maintenance' },
    ],
    vars: [
      { variable: `${prefix}page_type`, why: 'its Content-Type' },
      { variable: `${prefix}retry_after`, why: 'its Retry-After' },
    ],
  }
}
