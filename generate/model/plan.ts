// Site file + facts -> Site: every decision, in pure code. The parts are in the neighbouring files, one per concern.

import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import type { AssetManifest } from '../assets/types.ts'
import type { JwtOptions, SiteScript } from '../njs/types.ts'
import {
  type Http,
  type JsWiring,
  type Location,
  literal,
  type MapBlock,
  type Server,
  type Site,
  section,
} from '../site.ts'
import { njsOf, printVersion } from '../target.ts'
import { appsOf, gatewayOptionsOf } from './app.ts'
import { Draft } from './draft.ts'
import type { Facts, Made } from './facts.ts'
import {
  acceleratedLocation,
  hiddenPaths,
  mediaFolders,
  mediaLocation,
  staticFolders,
  staticLocation,
} from './files.ts'
import { firstSections, ownSections, planMain, runFolders } from './http.ts'
import { destinations } from './locations.ts'
import { logFormats } from './logs.ts'
import { type Names, namesOf } from './names.ts'
import { routeTable } from './route-table.ts'
import { planServers, waitingServer } from './servers.ts'

/** What the scripts must be able to do; undefined: this site needs none. */
export function planScript(
  config: SiteConfig,
  facts: Facts,
  assets: AssetManifest | undefined,
): SiteScript | undefined {
  const names = namesOf(config, facts)
  const hasApp = appsOf(config).length > 0 || Object.keys(config.upstreams).length > 0
  const edge = facts.edge
  const chooses = edge?.handlers.some((handler) => handler === 'route' || handler === 'rewrite') ?? false
  const routes = routeTable(config, names.prefix, chooses)
  const closes = config.maintenance !== undefined || config.routes.some((route) => route.maintenance)
  const guarded = guards(config, facts)
  if (!hasApp && !edge && !routes && !assets && !closes && Object.keys(guarded).length === 0) return undefined
  const [major, minor] = njsOf(facts.target)
  const { title, text } = config.maintenance ?? {}
  return {
    prefix: names.prefix,
    target: major >= 1 ? 'njs-1.0' : minor >= 8 ? 'njs-0.8' : 'njs-0.7',
    ...(routes ? { routes } : {}),
    ...(assets ? { assets: true } : {}),
    ...(edge ? { edge } : {}),
    ...guarded,
    pages: {
      site: names.site,
      retryAfter: 5,
      maintenance: { ...(title ? { title } : {}), ...(text ? { text } : {}) },
    },
  }
}

/** Judgements and names that only a script can make. */
function guards(config: SiteConfig, facts: Facts): Partial<SiteScript> {
  const prefixes = mediaFolders(config, facts)
    .filter(({ access }) => access === 'signed')
    .map(({ at }) => at)
  if (prefixes.length > 0 && !config.signedLinks) {
    throw new PosternError('GENERATE_REFUSED', {
      key: 'media.access',
      reason: 'signed links need signedLinks.secret',
    })
  }
  const wantsToken = config.all.token || config.routes.some(({ token }) => token)
  if (wantsToken && !config.tokens) {
    throw new PosternError('GENERATE_REFUSED', { key: 'token', reason: 'it needs tokens.secret' })
  }
  const limits = [
    ...Object.values(config.rateLimits),
    ...[config.all, ...config.routes].map(({ limitRequests }) => limitRequests),
  ]
  const byUser = limits.some((limit) => typeof limit === 'object' && limit.by === 'user')
  const { tokens, trace, signedLinks } = config
  return {
    ...(prefixes.length > 0 && signedLinks ? { signed: { secret: signedLinks.secret, prefixes } } : {}),
    ...(tokens ? { jwt: jwtOf(tokens) } : {}),
    ...(config.contentSecurityPolicy?.includes('{nonce}') ? { nonce: true } : {}),
    ...(byUser
      ? { userKey: { cookie: 'sessionid', header: 'authorization', ...(tokens ? { jwtSubject: true } : {}) } }
      : {}),
    ...(trace ? { trace: { trustIncoming: typeof trace === 'object' && trace.trustIncoming } } : {}),
  }
}

function jwtOf({ secret, cookie, issuer, audience, leeway }: NonNullable<SiteConfig['tokens']>): JwtOptions {
  return {
    secret,
    leeway,
    from: cookie === undefined ? { header: true } : { cookie },
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  }
}

export type Planned = { site: Site; folders: string[] }

export function planSite(config: SiteConfig, facts: Facts, made: Made): Planned {
  const names = namesOf(config, facts)
  const own = planParts(config, facts, names, made, true)
  // In somebody else's nginx the workers may be another user: their files are not for the gateway to read.
  const uploads = config.all.uploads ?? 'buffer'
  const beside = planParts({ ...config, all: { ...config.all, uploads } }, facts, names, made, false)
  const http = httpOf(beside.draft)
  const site: Site = {
    name: names.site,
    prefix: names.prefix,
    writtenFor: `For nginx ${printVersion(facts.target.version)}.`,
    siteFile: facts.siteFile,
    main: planMain(own.draft),
    // Zones that no location of the waiting server uses would only be found by the linter.
    http: { ...httpOf(own.draft), ...(facts.awaitsCertificate ? { shared: [] } : {}) },
    dropIn: { ...http, maps: http.maps.map(shortKeys) },
    servers: facts.awaitsCertificate ? [waitingServer(own.draft)] : own.servers,
    beside: beside.servers,
    debian: besideOthers(beside.servers, names.site, config.tls?.http3 === true),
    gateway: gatewayOptionsOf(config, facts, names),
  }
  return { site, folders: runFolders(names, own.draft.folders) }
}

function planParts(
  config: SiteConfig,
  facts: Facts,
  names: Names,
  made: Made,
  whole: boolean,
): { draft: Draft; servers: Server[] } {
  const draft = new Draft(config, facts, names, made, whole)
  const statics = staticFolders(config, facts)
  const media = mediaFolders(config, facts)
  const hasApp = appsOf(config).length > 0
  if (!hasApp && statics.length + media.length + config.routes.length === 0) {
    throw new PosternError('GENERATE_NOTHING_TO_SERVE', { path: facts.siteFile })
  }
  const locations: Location[] = [
    ...statics.map((folder) => staticLocation(draft, folder)),
    ...media.map((folder) => mediaLocation(draft, folder)),
    ...(hasApp
      ? [...media, ...statics]
          .filter(({ access }) => access !== 'internal')
          .map((folder) => acceleratedLocation(draft, folder))
      : []),
    hiddenPaths(),
    ...destinations(draft),
  ]
  refuseTwins(locations)
  return { draft, servers: planServers(draft, locations) }
}

function httpOf(draft: Draft): Http {
  return {
    first: firstSections(draft),
    own: ownSections(draft),
    shared: [...draft.shared.values()],
    maps: [...draft.maps.values()],
    logFormats: logFormats(draft),
    upstreams: [...draft.upstreams.values()],
    js: jsWiring(draft),
  }
}

function jsWiring({ facts, made: { wiring } }: Draft): JsWiring[] {
  if (wiring === undefined) return []
  return [
    {
      path: `${facts.out}/njs/`,
      module: wiring.module,
      file: wiring.file,
      set: wiring.set,
      vars: wiring.vars,
    },
  ]
}

/** Bytes of a key that surely fits into nginx's default map_hash_bucket_size. */
const keyLimit = 40

/** In somebody else's nginx the hash's buckets are small: long keys become patterns, which need none. */
function shortKeys(map: MapBlock): MapBlock {
  const lines = map.lines.map(({ key, value }) =>
    typeof key !== 'string' || Buffer.byteLength(key) <= keyLimit || key.startsWith('~')
      ? { key, value }
      : { key: `~^${key.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`, value },
  )
  return { ...map, lines: map.kind === 'map' ? lines : map.lines }
}

/** In sites-enabled there is a default server already, and each address may have only one. */
function besideOthers(servers: Server[], name: string, ownsQuic: boolean): Server[] {
  return servers
    .filter(({ body, names, locations }) => body || (locations.length > 0 && !names.includes('_')))
    .map((server) => ({
      ...server,
      listens: server.listens
        .map((words) => words.filter((word) => word !== 'default_server' && word !== 'reuseport'))
        .map((words) =>
          ownsQuic && server.body && words.includes('quic') ? [...words, 'reuseport'] : words,
        ),
      ...(server.body
        ? {
            sections: [section('The site itself.', literal('include', `snippets/postern-${name}.conf`))],
            locations: [],
          }
        : {}),
    }))
}

/** nginx refuses two locations for one path; here the message can name what they are. */
function refuseTwins(locations: Location[]): void {
  const seen = new Map<string, Location>()
  for (const location of locations) {
    const key = `${location.match.modifier === '^~' ? '' : (location.match.modifier ?? '')} ${location.match.path}`
    const twin = seen.get(key)
    if (twin) {
      throw new PosternError('GENERATE_REFUSED', {
        key: location.match.path,
        reason: `two things are at the same path: ${twin.why} / ${location.why}`,
      })
    }
    seen.set(key, location)
  }
}
