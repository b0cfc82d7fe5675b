// Fills the placeholders of redirect targets and rewrites. The client controls what goes in; nothing of it may
// end the header, leave the site, or change what the author's text means.
import type { NjsRequest } from '../request.ts'
import { hostOf } from './match.ts'
import { encodePath, encodeUrl } from './text.ts'

/** The path as the client sent it, without arguments; never two slashes in front (a browser would read a host). */
export function rawPath(r: NjsRequest): string {
  const whole = String(r.variables.request_uri || '/')
  const at = whole.indexOf('?')
  const path = at < 0 ? whole : whole.substring(0, at)
  return path.charAt(0) === '/' ? path : encodePath(r.uri)
}

/** For a URL (a Location header, a query): everything is percent-encoded that a header or a request line cannot hold. */
export function fillUrl(template: string, r: NjsRequest, groups: string[]): string {
  const filled = encodeUrl(
    template.replace(/\{(path|args|\?args|host|[1-9])\}/g, (_all, name: string) => {
      if (name === 'path') return rawPath(r)
      if (name === 'args') return String(r.variables.args || '')
      if (name === '?args') return r.variables.args ? `?${r.variables.args}` : ''
      if (name === 'host') return hostOf(r)
      return encodePath(groups[Number(name) - 1] || '')
    }),
  )
  // `//host` only where the site file says it so.
  return template.startsWith('//') ? filled : withoutHost(filled)
}

/** What a browser would read as a host stays a path of this site. */
export function withoutHost(url: string): string {
  return url.replace(/^(\/|%5C)(\/|%5C)+/i, '/')
}

/** For a path that nginx rewrites to (decoded form). */
export function fillPath(template: string, r: NjsRequest, groups: string[]): string {
  const filled = template.replace(/\{(path|host|[1-9])\}/g, (_all, name: string) => {
    if (name === 'path') return r.uri
    if (name === 'host') return hostOf(r)
    return groups[Number(name) - 1] || ''
  })
  const clean = filled.replace(/[\x00-\x1f\x7f]+/g, '')
  return clean.charAt(0) === '/' ? clean : `/${clean}`
}

/** `/a?b=c` → its parts; args is undefined without a question mark. */
export function splitTarget(target: string): { uri: string; args: string | undefined } {
  const at = target.indexOf('?')
  return at < 0
    ? { uri: target, args: undefined }
    : { uri: target.substring(0, at), args: target.substring(at + 1) }
}
