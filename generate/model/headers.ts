// Response headers. nginx forgets every add_header of the server in a location that has its own; newer versions merge
// them when asked, for older ones the whole set is written into each such location.

import { type Expr, expr, type Value } from '../arg.ts'
import { type Line, line, literal, type Section, section } from '../site.ts'
import { atLeast } from '../target.ts'
import type { Draft } from './draft.ts'

type Guard = { header: string; value: string; slug: string }

/** Sent unless the application has said something itself. */
const guards: Guard[] = [
  { header: 'X-Content-Type-Options', value: 'nosniff', slug: 'nosniff' },
  { header: 'Referrer-Policy', value: 'strict-origin-when-cross-origin', slug: 'referrer' },
  { header: 'Cross-Origin-Opener-Policy', value: 'same-origin', slug: 'opener' },
  { header: 'X-Frame-Options', value: 'SAMEORIGIN', slug: 'frames' },
]

const wanted = (draft: Draft): Guard[] => {
  const own = new Set(Object.keys(draft.config.headers).map((name) => name.toLowerCase()))
  if (!draft.config.securityHeaders) return []
  return guards.filter((guard) => !own.has(guard.header.toLowerCase()))
}

const variableOf = (header: string): string => header.toLowerCase().replaceAll('-', '_')

export const addHeader = (name: string, value: Value): Line => line('add_header', name, value, 'always')

/** For the server: headers of every answer. */
export function serverHeaders(draft: Draft): Section {
  return section('Headers of every answer, errors too.', ...siteHeaders(draft))
}

/** For a location with headers of its own. */
export function locationHeaders(draft: Draft, why: string, ...own: Line[]): Section {
  if (atLeast(draft.facts.target.version, '1.29.3')) {
    return section(why, literal('add_header_inherit', 'merge'), ...own)
  }
  return section(
    `${why} The site’s are repeated: nginx drops inherited ones where there are others.`,
    ...own,
    ...siteHeaders(draft),
  )
}

/** For a location of files: no application has a say there, so nothing has to be looked up for each answer. */
export function fileHeaders(draft: Draft, why: string, ...own: Line[]): Section {
  return section(
    `${why} The site’s are repeated, as they are: no application has a say here.`,
    ...own,
    ...siteHeaders(draft, true),
  )
}

function siteHeaders(draft: Draft, plain = false): Line[] {
  return [
    ...wanted(draft).map(({ header, value, slug }) =>
      addHeader(header, plain ? value : guard(draft, header, value, slug)),
    ),
    ...hstsHeader(draft),
    ...http3Header(draft),
    ...policyHeader(draft),
    ...Object.entries(draft.config.headers).map(([name, value]) => addHeader(name, value)),
  ]
}

/** The request's id: nginx's own, or the one of the trace. */
export const requestId = (draft: Draft): string =>
  draft.config.trace ? `$${draft.own('request_id')}` : '$request_id'

export const usesNonce = (draft: Draft): boolean =>
  draft.config.contentSecurityPolicy?.includes('{nonce}') ?? false

/** Content-Security-Policy, with a nonce when the author wants one. A literal $ has no place in one. */
function policyHeader(draft: Draft): Line[] {
  const policy = draft.config.contentSecurityPolicy
  if (policy === undefined) return []
  const value = expr(policy.replaceAll('$', '').replaceAll('{nonce}', `$${draft.own('nonce')}`))
  const why = 'Content-Security-Policy, unless the application has sent its own.'
  const variable = draft.map('csp', why, '$sent_http_content_security_policy', [
    ['', value],
    ['default', ''],
  ])
  return [addHeader('Content-Security-Policy', variable)]
}

function guard(draft: Draft, header: string, value: string, slug: string): Expr {
  return draft.map(
    slug,
    `${header}, unless the application has sent its own: two of them would contradict each other.`,
    `$sent_http_${variableOf(header)}`,
    [
      ['', value],
      ['default', ''],
    ],
  )
}

/** Tells browsers that HTTP/3 is there. */
function http3Header(draft: Draft): Line[] {
  const { tls } = draft.config
  if (!tls?.http3) return []
  const port = /(\d+)$/.exec(tls.listen[0] as string)?.[1] ?? '443'
  return [addHeader('Alt-Svc', `h3=":${port}"; ma=86400`)]
}

/** For servers that only redirect: browsers remember https for their names too. */
export const hstsSection = (draft: Draft): Section =>
  section('Browsers remember https for these names too.', ...hstsHeader(draft))

/** Only over https, and not twice when Django sends it too. */
function hstsHeader(draft: Draft): Line[] {
  const hsts = draft.config.tls?.hsts
  if (!hsts) return []
  const value = [
    `max-age=${Math.round(hsts.maxAge / 1000)}`,
    ...(hsts.includeSubDomains || hsts.preload ? ['includeSubDomains'] : []),
    ...(hsts.preload ? ['preload'] : []),
  ].join('; ')
  const variable = draft.map(
    'hsts',
    'Strict-Transport-Security: only over https, and only when the application has not sent it.',
    '$https:$sent_http_strict_transport_security',
    [
      ['on:', value],
      ['default', ''],
    ],
  )
  return [addHeader('Strict-Transport-Security', variable)]
}

/** Headers of the application that nginx drops when it sends a file in its place; the gateway relies on this list. */
const handedOver = [
  'Access-Control-Allow-Credentials',
  'Access-Control-Allow-Origin',
  'Access-Control-Expose-Headers',
  'Content-Language',
  'Content-Security-Policy',
  'Cross-Origin-Embedder-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
  'Link',
  'Permissions-Policy',
  'Referrer-Policy',
  'Strict-Transport-Security',
  'Vary',
  'X-Content-Type-Options',
  'X-Frame-Options',
  'X-Request-Id',
  'X-Robots-Tag',
]

/** For files handed over by the application: its headers, and the site's where it has none. */
export function handedOverHeaders(draft: Draft): Section {
  const guarded = wanted(draft)
  const hsts = hstsHeader(draft)
  const own = Object.entries(draft.config.headers)
  const lines = handedOver
    .filter((header) => !own.some(([name]) => name.toLowerCase() === header.toLowerCase()))
    .filter((header) => hsts.length === 0 || header !== 'Strict-Transport-Security')
    .map((header) => {
      const said = expr(`$upstream_http_${variableOf(header)}`)
      const found = guarded.find((one) => one.header === header)
      if (!found) return addHeader(header, said)
      const why = `${header} of a file the application hands over.`
      return addHeader(
        header,
        draft.map(`${found.slug}_handed`, why, said.expr, [
          ['', found.value],
          ['default', said],
        ]),
      )
    })
  return section(
    'nginx drops most headers of the application here: these are given back.',
    ...lines,
    ...hsts,
    ...own.map(([name, value]) => addHeader(name, value)),
  )
}
