// js_set handlers that judge a request: signed links, tokens, origins; and those that name it. All answer with a
// positive word, because a handler that fails is an empty variable: `if ($x != 1) { return 403; }` then still refuses.
import crypto_ from 'node:crypto'
import { allowedOrigin, type CorsOptions } from '../lib/cors.ts'
import { cleanHeader, cookie, header } from '../lib/headers.ts'
import { bearer, checkJwt, type JwtOptions } from '../lib/jwt.ts'
import { checkLink } from '../lib/signed.ts'
import { acceptId, nextTraceparent } from '../lib/trace.ts'
import type { NjsRequest } from '../request.ts'

/** `$<prefix>signed`: 1, expired, or empty. */
export function signedOf(r: NjsRequest, secret: string): string {
  return checkLink(secret, r.uri, r.variables.args || '', Date.now())
}

/** `$<prefix>jwt`: 1 or empty; `$<prefix>jwt_sub` and `$<prefix>jwt_why` say more. */
export function jwtOf(r: NjsRequest, rules: JwtOptions, prefix: string): string {
  const token = 'cookie' in rules.from ? cookie(r, rules.from.cookie) : bearer(header(r, 'Authorization'))
  const found = checkJwt(token, rules, Date.now())
  r.variables[`${prefix}jwt_sub`] = cleanHeader(found.subject)
  r.variables[`${prefix}jwt_why`] = found.why
  return found.ok ? '1' : ''
}

/** `$<prefix>cors`: preflight, actual, or empty (not asked, or not allowed). */
export function corsOf(r: NjsRequest, rules: CorsOptions, prefix: string): string {
  const origin = allowedOrigin(rules, header(r, 'Origin'))
  if (origin === '') return ''
  const vars = r.variables
  vars[`${prefix}cors_origin`] = origin
  if (rules.credentials) vars[`${prefix}cors_credentials`] = 'true'
  if (r.method !== 'OPTIONS' || header(r, 'Access-Control-Request-Method') === '') {
    vars[`${prefix}cors_exposed`] = rules.exposed.join(', ')
    return 'actual'
  }
  vars[`${prefix}cors_methods`] = rules.methods.join(', ')
  vars[`${prefix}cors_headers`] = rules.headers.join(', ')
  vars[`${prefix}cors_max_age`] = String(rules.maxAge)
  return 'preflight'
}

/** `$<prefix>nonce`: 128 random bits for a Content-Security-Policy. */
export function nonceOf(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64')
}

export type UserKey = { cookie?: string; header?: string; jwtSubject?: boolean }

/** `$<prefix>user`: a short hash of who asks, else the address. Never the identity itself: keys end up in logs. */
export function userOf(r: NjsRequest, key: UserKey, prefix: string): string {
  let who = ''
  if (key.jwtSubject && r.variables[`${prefix}jwt`] === '1') who = `j${r.variables[`${prefix}jwt_sub`] || ''}`
  if (who === '' && key.cookie !== undefined && cookie(r, key.cookie) !== '')
    who = `c${cookie(r, key.cookie)}`
  if (who === '' && key.header !== undefined && header(r, key.header) !== '')
    who = `h${header(r, key.header)}`
  if (who === '') return `a:${r.remoteAddress}`
  return `u:${crypto_.createHash('sha256').update(who).digest('hex').substring(0, 16)}`
}

/** `$<prefix>request_id`: the client's when it is trusted and harmless, else nginx's own. */
export function requestIdOf(r: NjsRequest, trustIncoming: boolean): string {
  const given = trustIncoming ? acceptId(header(r, 'X-Request-ID')) : ''
  return given !== '' ? given : String(r.variables.request_id || '')
}

/** `$<prefix>traceparent`. */
export function traceparentOf(r: NjsRequest, trustIncoming: boolean): string {
  return nextTraceparent(trustIncoming ? header(r, 'traceparent') : '', String(r.variables.request_id || ''))
}
