// Cross-origin requests (Fetch standard): which origin may read the answer. Pure.

export type CorsRules = {
  /** Exact origins, `https://*.example.org`, or `*`. */
  origins: string[]
  credentials: boolean
}

/** The rules, and what an answer says besides. */
export type CorsOptions = CorsRules & {
  methods: string[]
  headers: string[]
  exposed: string[]
  maxAge: number
}

/** What Access-Control-Allow-Origin says: the origin itself, `*`, or '' for nothing. */
export function allowedOrigin(rules: CorsRules, origin: string): string {
  if (origin === '' || !/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]_-]+$/i.test(origin)) return ''
  const asked = origin.toLowerCase()
  for (let i = 0; i < rules.origins.length; i++) {
    const rule = rules.origins[i] as string
    // With credentials `*` is not allowed to mean everybody, and echoing any origin would be just that.
    if (rule === '*') {
      if (!rules.credentials) return '*'
    } else if (asked === rule || matchesWildcard(rule, asked)) return origin
  }
  return ''
}

/** `https://*.example.org`: every subdomain, not the domain itself, no port. */
function matchesWildcard(rule: string, origin: string): boolean {
  const at = rule.indexOf('://*.')
  if (at < 0) return false
  const scheme = rule.substring(0, at + 3)
  const tail = rule.substring(at + 4)
  const host = origin.substring(scheme.length)
  return (
    origin.startsWith(scheme) &&
    host.endsWith(tail) &&
    /^[a-z0-9.-]+$/.test(host) &&
    host.length > tail.length
  )
}
