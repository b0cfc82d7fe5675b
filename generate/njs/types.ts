// What the njs compiler takes and gives, and what the templates need to wire the scripts into nginx.conf.
// docs/decisions/0060-njs-decides-nginx-acts.md explains the pattern. Types only.
import type { CorsOptions } from '../../njs/lib/cors.ts'
import type { JwtOptions } from '../../njs/lib/jwt.ts'
import type { RouteTable } from '../../njs/lib/table.ts'

export type { CorsOptions } from '../../njs/lib/cors.ts'
export type { JwtOptions } from '../../njs/lib/jwt.ts'

export type {
  Action,
  Condition,
  PathMatch,
  Percent,
  Route,
  RouteTable,
  TimeWindow,
  ValueMatch,
} from '../../njs/lib/table.ts'

/** The oldest engine the scripts must load in: Debian 12, 13, and 14. */
export type NjsTarget = 'njs-0.7' | 'njs-0.8' | 'njs-1.0'

/** One script; its default export is what js_import names. `code` is TypeScript, resolved from `resolveDir`. */
export type NjsEntry = { name: string } & ({ code: string; resolveDir: string } | { path: string })

export type CompileOptions = {
  entries: NjsEntry[]
  target: NjsTarget
  /** Replaced at build time, as in esbuild's `define`: identifier → JSON text. */
  define?: Record<string, string>
  /** Virtual modules `postern:<name>`: their text. Used for the site's tables and its edge.ts. */
  modules?: Record<string, { code: string; resolveDir?: string }>
  /** What `{ to: … }` may say; absent: not checked. */
  names?: readonly string[]
  /** The real engine to load the result with; `false` skips it; absent: the `njs` on PATH, if there is one. */
  engine?: string | false
}

export type NjsProblem = {
  severity: 'error' | 'warning'
  /** Kebab-case, e.g. `free-name`, `syntax`, `module-state`, `regex-flag`. */
  rule: string
  message: string
  hint: string
  file: string
  line: number
  column: number
}

export type NjsResult = {
  /** `postern.js` → text. Empty when there is an error among the problems. */
  files: Map<string, string>
  problems: NjsProblem[]
  /** The engine that loaded the scripts, e.g. `njs 0.7.9`; undefined when none was there. */
  provenBy: string | undefined
}

/** What the generator asks of njs for one site. */
export type SiteScript = {
  /** Unique per site, ends with `_`; all nginx variables and named locations start with it. Normally `postern_`. */
  prefix: string
  routes?: RouteTable
  /** The site has precompressed assets: `$<prefix>asset_weighed` for the maps of generate/assets/map.ts. */
  assets?: boolean
  /** The page shown when the gateway is away or the site is closed. */
  pages?: {
    site: string
    retryAfter: number
    maintenance?: { title?: string; text?: string; retryAfter?: number }
  }
  /** The author's edge.ts, and which of its handlers are exported (see edgeHandlers()). */
  edge?: { path: string; handlers: EdgeHandler[] }
  signed?: {
    secret: string /** URL prefixes (slash at the end) that need a signature. */
    prefixes: string[]
  }
  jwt?: JwtOptions
  cors?: CorsOptions
  nonce?: boolean
  /** `$<prefix>user`: a hash of the visitor's identity, for limit_req and logs. */
  userKey?: { cookie?: string; header?: string; jwtSubject?: boolean }
  /** `$<prefix>request_id` and `$<prefix>traceparent`. */
  trace?: { trustIncoming: boolean }
  target: NjsTarget
}

export type EdgeHandler = 'route' | 'rewrite' | 'headers' | 'respond'

/**
 * How nginx.conf uses the script. Everything is declared at http level (or in server{}), names are unique per prefix.
 *   js_path "<out>/njs/"; js_import <module> from <file>; js_set $<variable> <handler>; js_var $<variable>;
 */
export type NjsWiring = {
  file: string
  module: string
  /** `js_set $variable handler;` Empty when the site needs no njs. */
  set: { variable: string; handler: string; why: string }[]
  /** `js_var $variable;` written by the handlers above. */
  vars: { variable: string; why: string }[]
  /** `js_header_filter handler;` in the application's locations; undefined when edge.ts has no `headers`. */
  headerFilter: string | undefined
  /** `js_content handler;` for the location `@<prefix>respond`; undefined when edge.ts has no `respond`. */
  content: string | undefined
}

/**
 * generate/njs/site-script.ts exports `buildSiteScript(script: SiteScript, engine?): Promise<SiteScriptResult>`;
 * generate/njs/compile.ts exports `compileNjs(options: CompileOptions): Promise<NjsResult>`;
 * generate/njs/edge.ts exports `edgeHandlers(path): Promise<EdgeHandler[]>` (which handlers an edge.ts exports).
 * generate/assets/build.ts exports `buildAssets(options: AssetOptions): Promise<AssetResult>` and
 * generate/assets/map.ts `assetMap(manifest)` and `assetMaps(prefix)`.
 */
export type SiteScriptResult = NjsResult & { wiring: NjsWiring }
