// What may be said about a route, in nginx's words: limits, access, bodies, caching, headers. One function per policy;
// each asks the draft for the zones and maps it needs.

import { resolve } from 'node:path'
import type { Policy, RateLimit } from '../../config/schema/policies.ts'
import { PosternError } from '../../errors.ts'
import { type Expr, expr } from '../arg.ts'
import { block, type Line, line, literal, type Section, section } from '../site.ts'
import { caching, type Link } from './caching.ts'
import { cookieValue, orAddress } from './cookies.ts'
import { corsHeaders, corsSections } from './cors.ts'
import type { Draft } from './draft.ts'
import { addHeader, locationHeaders } from './headers.ts'
import { namedRoutes } from './route-table.ts'

/** What holds for a route: its own policies before those of all. */
export const policyOf = (draft: Draft, route: Policy): Policy => {
  const own = Object.fromEntries(Object.entries(route).filter(([, value]) => value !== undefined))
  return { ...draft.config.all, ...own }
}

export function policySections(
  draft: Draft,
  policy: Policy,
  name: string,
  link: Link | undefined,
): Section[] {
  return [
    ...corsSections(draft, policy.cors, name),
    ...access(draft, policy),
    ...requests(draft, policy, name),
    ...connections(draft, policy, name),
    ...body(policy),
    ...logging(policy),
    ...(policy.cache && link ? caching(draft, policy.cache, name, link) : []),
    ...headers(draft, policy, name),
  ].filter((one) => one.lines.length > 0)
}

/** Addresses and passwords of the whole site hold for its folders of files too. */
export function siteAccess(draft: Draft): Section[] {
  const { allow, deny, password, clientCertificate } = draft.config.all
  return access(draft, { allow, deny, password, clientCertificate }).filter((one) => one.lines.length > 0)
}

function access(draft: Draft, policy: Policy): Section[] {
  const { allow, deny, password, clientCertificate } = policy
  if (clientCertificate && draft.config.tls?.clientCa === undefined) {
    throw new PosternError('GENERATE_REFUSED', {
      key: 'clientCertificate',
      reason: 'it needs tls.clientCa, the authority whose certificates count',
    })
  }
  return [
    section(
      'Who may come here by certificate.',
      ...(clientCertificate
        ? [block('if', [expr('($ssl_client_verify'), '!=', 'SUCCESS', ')'], [literal('return', 403)])]
        : []),
    ),
    section(
      'Who may come here by token. A handler that fails is empty, which refuses too.',
      ...(policy.token
        ? [block('if', [expr(`($${draft.own('jwt')}`), '!=', '1', ')'], [literal('return', 401)])]
        : []),
    ),
    section(
      'Who may come here by address.',
      ...(deny ?? []).map((network) => literal('deny', network)),
      ...(allow ?? []).map((network) => literal('allow', network)),
      allow ? literal('deny', 'all') : undefined,
    ),
    section(
      'Who may come here by name and password.',
      ...(password
        ? [
            line('auth_basic', draft.names.site),
            line('auth_basic_user_file', resolve(draft.facts.folder, password)),
          ]
        : []),
    ),
  ]
}

function requests(draft: Draft, policy: Policy, name: string): Section[] {
  const { limitRequests } = policy
  if (limitRequests === undefined) return []
  const shared = typeof limitRequests === 'string'
  const limit = shared ? draft.config.rateLimits[limitRequests] : limitRequests
  if (limit === undefined) {
    throw new PosternError('GENERATE_REFUSED', {
      key: 'limitRequests',
      reason: `there is no ${JSON.stringify(limitRequests)} in rateLimits; known: ${Object.keys(draft.config.rateLimits).join(', ') || 'none'}`,
    })
  }
  // Names begin with a letter: no zone of `rateLimits` is called like the one of a place.
  const everywhere = limitRequests === draft.config.all.limitRequests
  const place = everywhere ? 'rates' : `rate__${name}`
  const zone = draft.own(shared ? `rate_${limitRequests}` : place)
  draft.share(
    zone,
    `Who has asked how often lately${shared ? ` (${limitRequests})` : ''}.`,
    line(
      'limit_req_zone',
      keyOf(draft, limit, shared ? limitRequests : everywhere ? '_all' : name),
      `zone=${zone}:${limit.zone}`,
      `rate=${limit.rate}`,
    ),
  )
  return [
    section(
      'Not more often than this; 429 says so, and clients know what it means.',
      literal(
        'limit_req',
        `zone=${zone}`,
        ...(limit.burst === 0 ? [] : [`burst=${limit.burst}`]),
        ...(limit.delay || limit.burst === 0 ? [] : ['nodelay']),
      ),
      literal('limit_req_status', 429),
      literal('limit_req_log_level', 'warn'),
    ),
  ]
}

function keyOf(draft: Draft, { by }: RateLimit, name: string): Expr {
  if (by === 'address') return expr('$binary_remote_addr')
  if (by === 'server') return expr('$server_name')
  // A hash of session, token or address: identities do not belong into shared memory and logs.
  if (by === 'user') return expr(`$${draft.own('user')}`)
  const value =
    'header' in by
      ? expr(`$http_${by.header.toLowerCase().replaceAll('-', '_')}`)
      : cookieValue(draft, by.cookie)
  return orAddress(draft, `rate_${name}`, value, '$binary_remote_addr')
}

function connections(draft: Draft, { limitConnections }: Policy, name: string): Section[] {
  if (limitConnections === undefined) return []
  const own = namedRoutes(draft.config).some(
    (one) => one.name === name && one.route.limitConnections !== undefined,
  )
  const zone = draft.own(own ? `connections_${name}` : 'connections')
  draft.share(
    zone,
    `Who has how many requests running${own ? ` (${name})` : ''}.`,
    literal('limit_conn_zone', '$binary_remote_addr', `zone=${zone}:10m`),
  )
  return [
    section(
      'One address cannot take every worker.',
      literal('limit_conn', zone, limitConnections),
      literal('limit_conn_status', 429),
    ),
  ]
}

const body = (policy: Policy): Section[] =>
  policy.body === undefined
    ? []
    : [section('Bodies of another size than elsewhere.', literal('client_max_body_size', policy.body))]

const logging = (policy: Policy): Section[] =>
  policy.log === false ? [section('Of no interest afterwards.', literal('access_log', 'off'))] : []

/** Everything that adds headers, in one section: the first add_header of a location hides the inherited ones. */
function headers(draft: Draft, policy: Policy, name: string): Section[] {
  const lines: Line[] = [
    ...(policy.token ? [addHeader('WWW-Authenticate', bearerOnly(draft))] : []),
    ...(policy.cache ? [line('add_header', 'X-Cache', expr('$upstream_cache_status'))] : []),
    ...corsHeaders(draft, policy.cors, name),
    ...Object.entries(policy.headers ?? {}).map(([header, value]) => addHeader(header, value)),
    ...shareCookie(draft),
  ]
  return lines.length === 0 ? [] : [locationHeaders(draft, 'Headers of this place.', ...lines)]
}

/** Only with 401, and only there does a client need it. */
const bearerOnly = (draft: Draft): Expr =>
  draft.map('challenge', 'What a client without a token must bring.', '$status', [
    ['default', ''],
    ['401', 'Bearer'],
  ])

/** Set-Cookie of a sticky percentage: njs leaves it empty for visitors who have it. */
function shareCookie(draft: Draft): Line[] {
  const sticky = draft.config.routes.some(
    ({ percent }) => typeof percent?.by === 'object' && 'cookie' in percent.by,
  )
  return sticky && draft.made.wiring ? [addHeader('Set-Cookie', expr(`$${draft.own('cookie')}`))] : []
}
