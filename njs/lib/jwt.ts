// JSON Web Tokens signed with HS256, and with nothing else (RFC 7519, RFC 8725). The signature is checked before
// anything is parsed: what a stranger sends never reaches JSON.parse, whose throw is dear in older engines.
import crypto from 'node:crypto'
import { equalSecret } from './equal.ts'

export type JwtRules = {
  secret: string
  issuer?: string
  audience?: string
  /** Seconds of clock difference forgiven; 0 to 300. */
  leeway: number
}

/** The rules, and where the token is: the Authorization header (Bearer) or a cookie. */
export type JwtOptions = JwtRules & { from: { header: true } | { cookie: string } }
export type JwtVerdict = { ok: boolean; subject: string; why: string }

/** Longer tokens are refused unread: cookies and headers of that size come from nobody's login. */
const longestToken = 8192

export function checkJwt(token: string, rules: JwtRules, now: number): JwtVerdict {
  if (token === '') return refuse('missing')
  if (token.length > longestToken || !/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(token))
    return refuse('malformed')
  const at = token.lastIndexOf('.')
  const signed = token.substring(0, at)
  const signature = crypto.createHmac('sha256', rules.secret).update(signed).digest('base64url')
  if (!equalSecret(token.substring(at + 1), signature)) return refuse('signature')
  const dot = signed.indexOf('.')
  const header = parse(signed.substring(0, dot))
  const claims = parse(signed.substring(dot + 1))
  if (!header || !claims) return refuse('malformed')
  // A token may name another algorithm although this key fits: it was not made for us.
  if (header.alg !== 'HS256' || header.crit !== undefined) return refuse('algorithm')
  const why = claimProblem(claims, rules, Math.floor(now / 1000))
  if (why !== '') return refuse(why)
  return { ok: true, subject: typeof claims.sub === 'string' ? claims.sub : '', why: '' }
}

type Json = { [name: string]: unknown }

function refuse(why: string): JwtVerdict {
  return { ok: false, subject: '', why }
}

function parse(part: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch (_e) {
    return undefined
  }
}

/** '' when the claims hold. A token without an end is refused: nothing could ever revoke it. */
function claimProblem(claims: Json, rules: JwtRules, now: number): string {
  const { exp, nbf } = claims
  if (typeof exp !== 'number') return 'exp'
  if (now >= exp + rules.leeway) return 'expired'
  if (nbf !== undefined && (typeof nbf !== 'number' || now < nbf - rules.leeway)) return 'nbf'
  if (rules.issuer !== undefined && claims.iss !== rules.issuer) return 'issuer'
  if (rules.audience !== undefined && !hasAudience(claims.aud, rules.audience)) return 'audience'
  return ''
}

function hasAudience(claim: unknown, wanted: string): boolean {
  return Array.isArray(claim) ? claim.indexOf(wanted) >= 0 : claim === wanted
}

/** The token of an Authorization header, '' unless it is a Bearer. */
export function bearer(authorization: string): string {
  const found = /^Bearer +([^ ]+) *$/i.exec(authorization)
  return found ? (found[1] as string) : ''
}
