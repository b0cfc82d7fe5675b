// What nginx knows: every directive with its places and arguments, every variable, per version. Facts from
// conf/tables/nginx.generated.json (scripts/directives.ts); nothing here judges a configuration.
import { MAINLINE, MAINLINE_ENTRIES, MAINLINE_VARIABLES } from './mainline.ts'
import table from './tables/nginx.generated.json' with { type: 'json' }

export const VERSIONS = table.versions as readonly string[]
export const LATEST = VERSIONS.at(-1) as string

/** Bits of a directive's mask, as in nginx's ngx_conf_file.h. */
export const ARGS = {
  block: 0x100,
  flag: 0x200,
  any: 0x400,
  oneMore: 0x800,
  twoMore: 0x1000,
  numbers: 0xff,
} as const
const MAX_ARGS = 8

/** Which family of blocks a module serves. CONF is `include`, allowed everywhere. */
export type ModuleType = 'CORE' | 'CONF' | 'EVNT' | 'HTTP' | 'MAIL' | 'STRM' | 'RTMP'

/** One entry of a command table. */
export type Form = {
  name: string
  module: string
  type: ModuleType
  mask: number
  /** nginx's generic value reader (`flag`, `size`, `msec`, `enum` …), the module's own where it has a name, or ''. */
  setter: string
  /** Words of an enum or bitmask. */
  words?: readonly string[]
  bounds?: { low: number; high: number }
  deprecated?: { old: string; new: string }
}

/** What kind of block a directive stands in: the module type it accepts and the bit asked of the mask. */
export type Place = { type: ModuleType; bit: number }

const bit = (index: number): number => 2 ** (24 + index)
export const PLACES = {
  main: { type: 'CORE', bit: bit(0) },
  events: { type: 'EVNT', bit: bit(1) },
  http: { type: 'HTTP', bit: bit(1) },
  server: { type: 'HTTP', bit: bit(2) },
  location: { type: 'HTTP', bit: bit(3) },
  upstream: { type: 'HTTP', bit: bit(4) },
  'if in server': { type: 'HTTP', bit: bit(5) },
  'if in location': { type: 'HTTP', bit: bit(6) },
  limit_except: { type: 'HTTP', bit: bit(7) },
  mail: { type: 'MAIL', bit: bit(1) },
  'mail server': { type: 'MAIL', bit: bit(2) },
  stream: { type: 'STRM', bit: bit(1) },
  'stream server': { type: 'STRM', bit: bit(2) },
  'stream upstream': { type: 'STRM', bit: bit(3) },
  rtmp: { type: 'RTMP', bit: bit(1) },
  'rtmp server': { type: 'RTMP', bit: bit(2) },
  'rtmp application': { type: 'RTMP', bit: bit(3) },
  'rtmp recorder': { type: 'RTMP', bit: bit(4) },
} as const satisfies Record<string, Place>
export type PlaceName = keyof typeof PLACES

type Row = [mask: number, setter: string, post?: unknown]
/** Per version what it knows; one list for all versions when they agree. */
type Commands = Record<string, (Row[] | null)[]>
type Module = { type: ModuleType; commands: Commands }
const modules = table.modules as unknown as Record<string, Module>
const order = table.order as Record<string, string[]>

/** The directives of one nginx, by name and in the order of its modules. */
export type Directives = Iterable<[name: string, forms: readonly Form[]]> & {
  get: (name: string) => readonly Form[] | undefined
}

/** One nginx version as postern knows it. */
export type Nginx = {
  /** The tables that stand for this version: one, or two for a version between them. */
  versions: readonly string[]
  directives: Directives
  variables: { http: ReadonlySet<string>; stream: ReadonlySet<string> }
  prefixes: { http: readonly string[]; stream: readonly string[] }
}

const cache = new Map<string, Nginx>()

/**
 * The nginx of a version: `1.22`, `1.22.1`, `latest`. A version between two tables has what either of them has,
 * so that nothing valid is refused; newer than the newest table is that and what conf/mainline.ts knows.
 */
export function nginxOf(version: string = LATEST): Nginx {
  const known = tablesFor(version)
  const isMainline = minorVersion(version) === minorOf(MAINLINE)
  const key = known.join('+') + (isMainline ? `+${MAINLINE}` : '')
  const found = cache.get(key)
  if (found !== undefined) return found
  const made = build(known, isMainline)
  cache.set(key, made)
  return made
}

/** Whether this names a version; `1.26`, `1.26.3`, `nginx/1.26.3` and `latest` do. */
export const isVersion = (text: string): boolean => minorOf(text) !== undefined

function minorOf(text: string): number | undefined {
  if (text === 'latest') return Number.POSITIVE_INFINITY
  const found = /^(?:nginx\/)?1\.(\d{1,3})(?:\.\d+)?$/.exec(text.trim())
  return found === null ? undefined : Number(found[1])
}

/** The minor number of a version, so that versions can be compared: 26 for 1.26.3. */
export function minorVersion(text: string): number {
  const minor = minorOf(text) ?? Number.POSITIVE_INFINITY
  return Math.min(minor, minorOf(MAINLINE) as number)
}

function tablesFor(version: string): string[] {
  const minor = minorVersion(version)
  const exact = VERSIONS.find((known) => minorOf(known) === minor)
  if (exact !== undefined) return [exact]
  const above = VERSIONS.find((known) => (minorOf(known) as number) > minor)
  const below = VERSIONS.findLast((known) => (minorOf(known) as number) < minor)
  return [below, above].filter((known) => known !== undefined)
}

function build(versions: readonly string[], isMainline: boolean): Nginx {
  const http = new Set<string>(isMainline ? MAINLINE_VARIABLES : [])
  const stream = new Set<string>(isMainline ? MAINLINE_VARIABLES : [])
  for (const version of versions) {
    const variables = (table.variables as Record<string, { http: string[]; stream: string[] }>)[version]!
    for (const name of variables.http) http.add(name)
    for (const name of variables.stream) stream.add(name)
  }
  const prefixesOf = (names: Set<string>): string[] => [...names].filter((name) => name.endsWith('_'))
  return {
    versions,
    directives: new Lookup(versions, isMainline),
    variables: { http, stream },
    prefixes: { http: prefixesOf(http), stream: prefixesOf(stream) },
  }
}

/** Reads the entries of a directive when it is first asked for: a configuration has some hundred of the thousands. */
class Lookup implements Directives {
  /** Each module of each version, with the version's place in the rows. */
  readonly #modules: { name: string; module: Module; index: number }[] = []
  readonly #mainline: typeof MAINLINE_ENTRIES
  /** [] is a name nobody knows. */
  readonly #read = new Map<string, readonly Form[]>()

  constructor(versions: readonly string[], isMainline: boolean) {
    this.#mainline = isMainline ? MAINLINE_ENTRIES : []
    for (const version of versions) {
      const index = VERSIONS.indexOf(version)
      for (const name of order[version] as string[])
        this.#modules.push({ name, module: modules[name] as Module, index })
    }
  }

  get(name: string): readonly Form[] | undefined {
    let forms = this.#read.get(name)
    if (forms === undefined) {
      forms = this.#formsOf(name)
      this.#read.set(name, forms)
    }
    return forms.length === 0 ? undefined : forms
  }

  *[Symbol.iterator](): Generator<[string, readonly Form[]]> {
    const names = new Set(this.#modules.flatMap(({ module }) => Object.keys(module.commands)))
    for (const { name } of this.#mainline) names.add(name)
    for (const name of names) {
      const forms = this.get(name)
      if (forms !== undefined) yield [name, forms]
    }
  }

  #formsOf(name: string): readonly Form[] {
    let found: Form[] = []
    for (const { name: module, module: of, index } of this.#modules) {
      if (!Object.hasOwn(of.commands, name)) continue
      const rows = of.commands[name] as (Row[] | null)[]
      for (const row of (rows.length === 1 ? rows[0] : rows[index]) ?? []) {
        const form = formOf(name, module, of.type, row)
        if (!found.some((other) => JSON.stringify(other) === JSON.stringify(form))) found.push(form)
      }
    }
    for (const { name: entry, module, type, places, args, setter, replaces } of this.#mainline) {
      if (entry !== name) continue
      const mask = places.reduce((sum, place) => sum + PLACES[place].bit, args)
      found = found.filter((form) => replaces !== true || form.type !== type)
      found.push({ name, module, type, mask, setter })
    }
    return found
  }
}

function formOf(name: string, module: string, type: ModuleType, [mask, setter, post]: Row): Form {
  const form: Form = { name, module, type, mask, setter }
  if (Array.isArray(post)) form.words = post as string[]
  else if (typeof post === 'object' && post !== null) {
    if ('low' in post) form.bounds = post as { low: number; high: number }
    else form.deprecated = post as { old: string; new: string }
  }
  return form
}

/** Bits are above 2^31, so they are asked for by division and not by `&`. */
export const hasBit = (mask: number, wanted: number): boolean => Math.floor(mask / wanted) % 2 === 1

export const allowedIn = (form: Form, place: Place): boolean =>
  (form.type === 'CONF' || form.type === place.type) && hasBit(form.mask, place.bit)

/** Whether the directive takes this many arguments. */
export function takes(form: Form, count: number): boolean {
  const low = form.mask % 0x10000
  if (low & ARGS.any) return true
  if (low & ARGS.flag) return count === 1
  if (low & ARGS.oneMore) return count >= 1
  if (low & ARGS.twoMore) return count >= 2
  return count < MAX_ARGS && (low & (1 << count)) !== 0
}

export const isBlock = (form: Form): boolean => (form.mask & ARGS.block) !== 0

/** The places a directive may stand in, by name. */
export function placesOf(form: Form): PlaceName[] {
  return (Object.keys(PLACES) as PlaceName[]).filter((name) => allowedIn(form, PLACES[name]))
}

/** `exactly 1 argument`, `1 or 2 arguments`, `at least 1 argument`. */
export function describeArguments(form: Form): string {
  const low = form.mask % 0x10000
  if (low & ARGS.any) return 'any number of arguments'
  if (low & ARGS.flag) return '"on" or "off"'
  if (low & ARGS.oneMore) return 'at least 1 argument'
  if (low & ARGS.twoMore) return 'at least 2 arguments'
  const counts = Array.from({ length: MAX_ARGS }, (_, count) => count).filter((count) => takes(form, count))
  if (counts.length === 1)
    return counts[0] === 0 ? 'no arguments' : `exactly ${counts[0]} argument${counts[0] === 1 ? '' : 's'}`
  const ranges = counts.length > 2 && counts.at(-1)! - counts[0]! === counts.length - 1
  return ranges
    ? `${counts[0]} to ${counts.at(-1)} arguments`
    : `${counts.slice(0, -1).join(', ')} or ${counts.at(-1)} arguments`
}

export type Availability = { name: string; module: string; versions: string[] }

/** Which versions know a directive; [] for one nobody knows. */
export function availability(name: string): Availability[] {
  const found: Availability[] = []
  for (const [module, { commands }] of Object.entries(modules)) {
    const forms = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (forms === undefined) continue
    const versions =
      forms.length === 1 ? modulesVersions(module) : VERSIONS.filter((_, index) => forms[index] !== null)
    found.push({ name, module, versions: [...versions] })
  }
  for (const entry of MAINLINE_ENTRIES) {
    if (entry.name === name && entry.replaces !== true)
      found.push({ name, module: entry.module, versions: [MAINLINE] })
  }
  return found
}

const modulesVersions = (module: string): string[] =>
  VERSIONS.filter((version) => order[version]?.includes(module))

/** Every directive name of any version. */
export function* allDirectiveNames(): Generator<string> {
  for (const { commands } of Object.values(modules)) yield* Object.keys(commands)
  for (const { name } of MAINLINE_ENTRIES) yield name
}

/** Modules neither nginx nor Debian ships, nginx Plus, and other systems' event methods: their directives are let pass. */
const FOREIGN =
  /^(?:secure_link_hmac|otel_|acme_|vhost_traffic_status|stream_server_traffic_status|server_traffic_status|upstream_conf$|passenger_|passenger$|rails_|union_station_|pagespeed|modpagespeed|google_perftools_profiles$|status_zone$|status$|status_format$|zone_sync|health_check|match$|keyval|api$|auth_jwt|auth_oidc|auth_ldap|auth_digest|ldap_server$|oidc_|session_log|f4f|hls|mqtt|ntlm$|sticky|queue$|state$|least_time$|mgmt$|license_token$|usage_report|ssl_verify$|opentracing|zipkin|jaeger|SecRules|SecLearn|DeniedUrl$|CheckRule$|BasicRule$|MainRule$|LearningMode$|LibInjection|IgnoreIP|IgnoreCIDR|naxsi|upload_|testcookie|lua_|ajp_|redis_|redis2_|drizzle_|postgres_|rds_|form_input|set_form_input|encrypted_session|set_encrypt|set_decrypt|set_iconv|iconv_|xss_|array_|eval|slowfs_|dyups|check$|check_|req_status|concat|zstd|vod|aws_|set_cookie_flag$|security_headers|hide_server_tokens$|access_control|immutable$|length_hiding|js_challenge|sorted_querystring|upsync|sysguard|trim|untar|unzip|video_thumbextractor|waf|xray_|statsd|kqueue_|devpoll_|eventport_|iocp_|degrad|thread_stack_size$|cookie_flag|dynamic_tls|ssl_dyn_rec|http2_hpack_enc$|app_protect|limit_upload_rate|doh$|jwt_|auth_cookie|upstream_jdomain|jdomain$|resolver_file$|proxy_connect|bot_|captcha|secure_download|mogilefs_|ct$|ssl_ct|ipscrub|tcp$|ngx_)|_by_lua(?:_block|_file)?$/

/** Modules Debian ships beside nginx; what people run is often older or newer than Debian's. */
const THIRD_PARTY =
  /^(?:ndk_http|ngx_http_(?:auth_jwt|auth_pam|auth_spnego|brotli_\w+|cache_purge|dav_ext|echo|eval|fancyindex|geoip2|headers_more_filter|hmac_secure_link|js|lua|memc|modsecurity|push_stream|set_misc|srcache_filter|subs_filter|uploadprogress|upstream_fair|xss_filter|zstd_\w+)|ngx_nchan|ngx_rtmp_\w+|ngx_stream_(?:js|geoip2))_module$/

export const isThirdParty = (module: string): boolean => THIRD_PARTY.test(module)

/** The forms of a third-party directive in any version; [] for nginx's own. */
export function thirdPartyForms(name: string): Form[] {
  return VERSIONS.flatMap((version) => [...(nginxOf(version).directives.get(name) ?? [])]).filter(
    ({ module }) => isThirdParty(module),
  )
}

/** Whether a directive the tables lack belongs to a module we know by name only. */
export const isForeign = (name: string): boolean => FOREIGN.test(name)
