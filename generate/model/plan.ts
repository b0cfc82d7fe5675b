// Site file + facts -> Site: every decision, in pure code. The parts are in the neighbouring files, one per concern.

import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import type { SiteScript } from '../njs/types.ts'
import type { JsWiring, Location, MapBlock, Site } from '../site.ts'
import { njsOf, printVersion } from '../target.ts'
import { appsOf, gatewayOptionsOf, gatewayUpstream } from './app.ts'
import { appLocations } from './app-locations.ts'
import type { Facts, Scripts } from './facts.ts'
import {
  acceleratedLocation,
  hiddenPaths,
  mediaFolders,
  mediaLocation,
  staticFolders,
  staticLocation,
} from './files.ts'
import { headerMaps } from './headers.ts'
import { firstSections, ownSections, planMain } from './http.ts'
import { type Names, namesOf } from './names.ts'
import { planServers } from './servers.ts'

/** What the scripts must be able to do; undefined: this site needs none. */
export function planScript(config: SiteConfig, facts: Facts): SiteScript | undefined {
  const names = namesOf(config, facts)
  if (appsOf(config).length === 0) return undefined
  const [major, minor] = njsOf(facts.target)
  const target = major >= 1 ? 'njs-1.0' : minor >= 8 ? 'njs-0.8' : 'njs-0.7'
  return { prefix: names.prefix, pages: { site: names.site, retryAfter: 5 }, target }
}

export function planSite(config: SiteConfig, facts: Facts, scripts: Scripts): Site {
  const names = namesOf(config, facts)
  const apps = appsOf(config)
  const statics = staticFolders(config, facts)
  const media = mediaFolders(config, facts)
  if (apps.length + statics.length + media.length === 0) {
    throw new PosternError('GENERATE_NOTHING_TO_SERVE', { path: facts.siteFile })
  }
  const locations: Location[] = [
    ...statics.map(staticLocation),
    ...media.map((folder) => mediaLocation(folder, config, names)),
    ...(apps.length > 0 ? media.map(acceleratedLocation) : []),
    hiddenPaths(),
    ...appLocations(config, facts, names, scripts),
  ]
  return {
    name: names.site,
    prefix: names.prefix,
    writtenFor: `For nginx ${printVersion(facts.target.version)}.`,
    siteFile: facts.siteFile,
    main: planMain(facts, names, scripts),
    http: {
      first: firstSections(),
      own: ownSections(config, names),
      shared: [],
      maps: [...(apps.length > 0 ? [hostPortMap(names)] : []), ...headerMaps(config, names)],
      logFormats: [logFormat(names)],
      upstreams: apps.length > 0 ? [gatewayUpstream(names)] : [],
      js: jsWiring(facts, scripts),
    },
    servers: planServers(config, facts, names, locations),
    gateway: gatewayOptionsOf(config, facts, names),
  }
}

function jsWiring(facts: Facts, { wiring }: Scripts): JsWiring[] {
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

/** $host has no port, and the Host header may belong to another host than an absolute request line. */
const hostPortMap = (names: Names): MapBlock => ({
  why: 'The port as the client wrote it, when it wrote it for this host: Django compares origins with it.',
  kind: 'map',
  source: expr('$host|$http_host'),
  variable: names.hostPort,
  lines: [
    { key: 'default', value: '' },
    {
      key: `~*^(?<${names.prefix}h>[^|]+)\\|\\k<${names.prefix}h>(?<${names.prefix}p>:\\d{1,5})$`,
      value: expr(`$${names.prefix}p`),
    },
  ],
})

const logFormat = (names: Names) => ({
  why: 'One JSON object per request. The query is left out: it may hold tokens.',
  name: names.logFormat,
  escape: 'json',
  parts: [
    '{"time":"$time_iso8601","id":"$request_id","addr":"$remote_addr","host":"$host",',
    '"method":"$request_method","path":"$uri","protocol":"$server_protocol","status":$status,',
    '"bytes_in":$request_length,"bytes_out":$bytes_sent,"seconds":$request_time,',
    '"upstream":"$upstream_addr","upstream_status":"$upstream_status","upstream_seconds":"$upstream_response_time",',
    '"connection":$connection,"requests":$connection_requests,"referer":"$http_referer","agent":"$http_user_agent"}',
  ].map(expr),
})
