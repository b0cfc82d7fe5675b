// What a route of uWSGI asks of a request: a regular expression of its subject, or `condition:${VARIABLE};value`.
// Comes to the conditions of a route of the site file; what those cannot say is kept for the access log alone.

import type { SiteRoute } from '../draft.ts'

/** `only`: the access log can tell these requests apart, the site's routes cannot. */
export type Conditions = { route: SiteRoute; only?: string }

export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A pattern for paths: one path where it means one. */
function onPath(pattern: string): SiteRoute {
  if (/^(\.\*|\^|\^\/|\^\.\*\$?|\/)$/.test(pattern)) return {}
  const [, path] = /^\^(\/[\w/-]*)\$$/.exec(pattern) ?? []
  return path === undefined ? { matches: pattern } : { path }
}

const maxHosts = 16

/** The names that a pattern such as `^(www\.|m\.)?old\.org$` stands for; undefined: it is no list of names. */
export function hostsOf(pattern: string): string[] | undefined {
  let texts = [pattern.replace(/^\^/, '').replace(/\$$/, '')]
  for (let again = true; again; ) {
    again = false
    texts = texts.flatMap((text) => {
      const [whole, before = '', inner = '', optional, after = ''] =
        /^([^()]*)\((?:\?:)?([^()]*)\)(\??)(.*)$/s.exec(text) ?? []
      if (whole === undefined) return [text]
      again = true
      return [...inner.split('|'), ...(optional ? [''] : [])].map((part) => `${before}${part}${after}`)
    })
    if (texts.length > maxHosts) return undefined
  }
  const hosts = texts.flatMap((text) => text.split('|')).map((text) => text.replaceAll('\\.', '.'))
  return hosts.every((host) => /^[\w-]+(?:\.[\w-]+)*(?::\d+)?$/.test(host)) ? [...new Set(hosts)] : undefined
}

function onHost(pattern: string): Conditions {
  const hosts = hostsOf(pattern)
  return hosts === undefined ? { route: {}, only: `host=${pattern}` } : { route: { hosts } }
}

const header = (name: string) => (pattern: string) => ({
  route: { requestHeaders: { [name]: { matches: pattern } } },
})

/** By the name of the option. */
export const subjects: Record<string, (pattern: string) => Conditions> = {
  route: (pattern) => ({ route: onPath(pattern) }),
  'route-uri': (pattern) => ({ route: onPath(pattern) }),
  'route-host': onHost,
  'route-user-agent': header('User-Agent'),
  'route-referer': header('Referer'),
  'route-remote-addr': (pattern) => ({ route: {}, only: `remote-addr=${pattern}` }),
}

const capital = (word: string): string => word.slice(0, 1) + word.slice(1).toLowerCase()

/** `equal:${HTTP_HOST};old.org` and its kin; undefined: nothing in a site file says this. */
export function conditionOf(kind: string, name: string, wanted: string): Conditions | undefined {
  const equal = /^(equal|eq|ieq|isequal)$/.test(kind)
  if (/^(PATH_INFO|REQUEST_URI)$/.test(name)) {
    if (equal) return { route: onPath(`^${escaped(wanted)}$`) }
    if (kind === 'startswith') return { route: { matches: `^${escaped(wanted)}` } }
    return kind === 'regexp' ? { route: { matches: wanted } } : undefined
  }
  if (name === 'REQUEST_METHOD') return equal ? { route: { methods: [wanted] } } : undefined
  if (name === 'REMOTE_ADDR') {
    if (equal) return { route: {}, only: `remote-addr=^${escaped(wanted)}$` }
    return kind === 'startswith' ? { route: {}, only: `remote-addr=^${escaped(wanted)}` } : undefined
  }
  if (/^(HTTP_HOST|SERVER_NAME)$/.test(name)) {
    if (equal) return onHost(`^${escaped(wanted)}$`)
    return kind === 'regexp' ? onHost(wanted) : undefined
  }
  const named = /^HTTP_(\w+)$/.exec(name)?.[1]?.split('_').map(capital).join('-')
  if (named === undefined) return undefined
  const asks = (match: NonNullable<SiteRoute['requestHeaders']>[string]) => ({
    route: { requestHeaders: { [named]: match } },
  })
  if (equal) return asks(wanted)
  if (kind === 'startswith') return asks({ startsWith: wanted })
  if (kind === 'regexp') return asks({ matches: wanted })
  return kind === 'empty' ? asks(false) : undefined
}

/** The conditions in the words of `log-skip`; undefined: it has none for them. */
export function asLogSkip({ route, only }: Conditions): string | undefined {
  if (only !== undefined) return only
  const { path, matches, hosts, requestHeaders, ...others } = route
  if (Object.keys(others).length > 0) return undefined
  const agent = requestHeaders?.['User-Agent']
  const found = [
    path,
    matches && `path=${matches}`,
    hosts && `host=^(${hosts.map(escaped).join('|')})$`,
    requestHeaders && (agent === undefined ? '' : `user-agent=${agentPattern(agent)}`),
  ].filter((one) => one !== undefined)
  return found.length === 1 && found[0] !== '' ? found[0] : undefined
}

function agentPattern(match: NonNullable<SiteRoute['requestHeaders']>[string]): string {
  if (typeof match === 'boolean') return match ? '.' : '^$'
  if (typeof match === 'string') return `^${escaped(match)}$`
  return 'startsWith' in match ? `^${escaped(match.startsWith)}` : match.matches
}
