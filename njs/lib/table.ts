// The route table as njs reads it: plain JSON, every default already filled in by the generator.
// Types only; nothing here may need a library that an engine lacks.

/** A `*` in `is` stands for any text; `matches` is a regular expression without flags, checked at build. */
export type ValueMatch =
  | { is: string[] }
  | { startsWith: string }
  | { matches: string | RegExp }
  | { present: boolean }

export type PathMatch = { exact: string } | { prefix: string } | { matches: string | RegExp }

/** A share of the visitors, the same visitor always on the same side. */
export type Percent = {
  /** 0 to 100, two decimals count. */
  share: number
  /** What tells visitors apart. A cookie is set by us (`$<prefix>cookie`) when the visitor has none. */
  by: { cookie: string; maxAge?: number } | { header: string } | { variable: string }
  /** Separates experiments: the same visitor falls elsewhere under another salt. */
  salt: string
}

/** All given limits hold together. `from`/`until` are epoch milliseconds, `daily` is minutes after midnight. */
export type TimeWindow = {
  from?: number
  until?: number
  daily?: { from: number; until: number }
  /** 0 is Sunday. */
  days?: number[]
  /** Added to UTC before `daily` and `days` are looked at. */
  utcOffsetMinutes?: number
}

/** Every member that is present must hold; none present always holds. */
export type Condition = {
  path?: PathMatch
  /** Upper case. */
  methods?: string[]
  /** Lower case; `*.example.org` matches every subdomain. */
  hosts?: string[]
  /** Names in lower case. */
  headers?: Record<string, ValueMatch>
  cookies?: Record<string, ValueMatch>
  query?: Record<string, ValueMatch>
  percent?: Percent
  time?: TimeWindow
}

/**
 * What njs says about a route. The named location `location` (without `@`) does the work, in nginx's own language.
 * `''` as location means: go on in the location that asked (the site's default application).
 */
export type Action = {
  location: string
  /** Written to `$<prefix>target`: `{path}`, `{args}`, `{?args}`, `{host}` and `{1}`…`{9}` (groups of a `matches` path) are replaced. */
  target?: string
  /** Written to `$<prefix>uri` and `$<prefix>args`, with the same placeholders; needs a location with the rewrite. */
  rewrite?: { uri: string; args?: string }
}

export type Route = { name: string; when: Condition; action: Action }

/** `named`: what edge.ts may say as `{ to: name }`, and the location that does it. */
export type RouteTable = { routes: Route[]; named?: { [name: string]: string | Action } }
