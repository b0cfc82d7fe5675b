// Which other sites' scripts may read answers: a map of origins, headers, and the answer to preflight requests.

import type { Cors } from '../../config/schema/policies.ts'
import { type Expr, expr } from '../arg.ts'
import { block, type Line, type Location, line, literal, type Section, section } from '../site.ts'
import type { Draft } from './draft.ts'
import { addHeader, locationHeaders } from './headers.ts'

const anyone = (cors: Cors): boolean => cors.origins.includes('*') && !cors.credentials

/** What goes into Access-Control-Allow-Origin; empty for strangers. */
function allowedOrigin(draft: Draft, cors: Cors, name: string): Expr {
  const lines = cors.origins.map((origin): [string, Expr | string] => {
    if (origin === '*') return anyone(cors) ? ['~.', '*'] : ['~.', expr('$http_origin')]
    const at = origin.indexOf('*.')
    if (at < 0) return [origin.toLowerCase(), expr('$http_origin')]
    const rest = origin.slice(at + 2).replaceAll('.', '\\.')
    return [`~*^${origin.slice(0, at)}[a-z0-9.-]+\\.${rest}$`, expr('$http_origin')]
  })
  return draft.map(`origin_${name}`, 'Origins whose scripts may read the answers.', '$http_origin', [
    ['default', ''],
    ...lines,
  ])
}

export function corsHeaders(draft: Draft, cors: Cors | undefined, name: string): Line[] {
  if (cors === undefined) return []
  const origin = allowedOrigin(draft, cors, name)
  const credentials = cors.credentials
    ? [addHeader('Access-Control-Allow-Credentials', withOrigin(draft, origin, name, 'credentials', 'true'))]
    : []
  const exposed =
    cors.exposed.length > 0
      ? [
          addHeader(
            'Access-Control-Expose-Headers',
            withOrigin(draft, origin, name, 'exposed', cors.exposed.join(', ')),
          ),
        ]
      : []
  const vary = anyone(cors) ? [] : [addHeader('Vary', 'Origin')]
  return [addHeader('Access-Control-Allow-Origin', origin), ...credentials, ...exposed, ...vary]
}

/** A value for those who may, nothing for the others. */
const withOrigin = (draft: Draft, origin: Expr, name: string, slug: string, value: string): Expr =>
  draft.map(`${slug}_${name}`, 'Only for origins that may.', origin.expr, [
    ['', ''],
    ['default', value],
  ])

/** Preflight requests are answered here; the application never sees them. */
export function corsSections(draft: Draft, cors: Cors | undefined, name: string): Section[] {
  if (cors === undefined) return []
  const origin = allowedOrigin(draft, cors, name)
  const preflight = draft.map(
    `preflight_${name}`,
    'A browser asks before it sends: OPTIONS, the method it wants, an origin that may.',
    `$request_method:$http_access_control_request_method:${origin.expr}`,
    [
      ['default', ''],
      ['~^OPTIONS:.+:.+', '1'],
    ],
  )
  return [
    section(
      'Browsers ask before they send; 598 is never sent, it only carries the jump to the answer.',
      line('error_page', 598, '=', `@${draft.own(`preflight_${name}`)}`),
      block('if', [expr(`(${preflight.expr})`)], [literal('return', 598)]),
    ),
  ]
}

export function corsLocations(draft: Draft, cors: Cors | undefined, name: string): Location[] {
  if (cors === undefined) return []
  return [
    {
      why: 'The answer to a preflight request.',
      match: { modifier: undefined, path: `@${draft.own(`preflight_${name}`)}` },
      sections: [
        locationHeaders(
          draft,
          'What the script may send.',
          ...corsHeaders(draft, cors, name),
          addHeader('Access-Control-Allow-Methods', cors.methods.join(', ')),
          addHeader('Access-Control-Allow-Headers', cors.headers.join(', ')),
          addHeader('Access-Control-Max-Age', String(Math.round(cors.maxAge / 1000))),
        ),
        section('', literal('return', 204)),
      ],
      locations: [],
    },
  ]
}
