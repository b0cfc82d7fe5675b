// What a whole nginx needs around the servers: processes, folders, logs, file sending.

import { join, resolve } from 'node:path'
import { assetMap, mapHash } from '../assets/map.ts'
import { literal, type Main, type Section, section } from '../site.ts'
import { atLeast } from '../target.ts'
import type { Draft } from './draft.ts'
import { accessLog, logFolder } from './logs.ts'
import type { Names } from './names.ts'
import { duration } from './units.ts'

export const tempKinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

/** Where nginx keeps request bodies while they arrive. */
export const bodyFolder = (names: Names): string => join(names.runDir, 'temp/client_body')

/** Folders that must exist before nginx starts: it makes no parents. */
export const runFolders = (names: Names, more: Iterable<string> = []): string[] => [
  names.runDir,
  logFolder(names),
  join(names.runDir, 'temp'),
  ...more,
]

export function planMain(draft: Draft): Main {
  const { config, facts, names, made } = draft
  return {
    user: facts.root ? names.user : undefined,
    workers: String(config.nginx.workers),
    modules: made.wiring ? [join(facts.target.modulesPath, 'ngx_http_js_module.so')] : [],
    pid: join(names.runDir, 'nginx.pid'),
    errorLog: config.logs.error
      ? resolve(facts.folder, config.logs.error)
      : join(logFolder(names), 'error.log'),
    errorLevel: config.logs.level,
    workerConnections: config.nginx.connections,
    fileLimit: config.nginx.connections * 2,
    shutdown: duration(config.nginx.drain),
    tempPaths: tempKinds.map((kind) => ({
      directive: `${kind}_temp_path`,
      path: join(names.runDir, 'temp', kind),
    })),
  }
}

/** Sizes of hashes: nginx wants them before the first map. */
export function firstSections(draft: Draft): Section[] {
  const { assets } = draft.made
  const hash = assets ? mapHash(assetMap(assets)) : { bucketSize: 64, maxSize: 2048 }
  return [
    section(
      'Room for names of any length.',
      literal('variables_hash_max_size', 2048),
      literal('server_names_hash_bucket_size', 128),
      literal('map_hash_bucket_size', Math.max(256, hash.bucketSize)),
      literal('map_hash_max_size', hash.maxSize),
    ),
  ]
}

export function ownSections(draft: Draft): Section[] {
  const { config, facts } = draft
  return [
    section(
      'Files go from the page cache to the socket; heads wait for the first bytes of the body.',
      literal('sendfile', 'on'),
      literal('tcp_nopush', 'on'),
      literal('keepalive_timeout', duration(config.timeouts.keepalive)),
      // A connection that has just been used is not closed under a client that sends its next request.
      atLeast(facts.target.version, '1.27.4') ? literal('keepalive_min_timeout', '5s') : undefined,
      literal('server_tokens', 'off'),
    ),
    config.logs.access === false
      ? section('No access log.', literal('access_log', 'off'))
      : section(
          'One line per request, written a second later at most: a system call for each would cost a tenth of a small file.',
          accessLog(draft, config.logs.format === 'json' ? draft.names.logFormat : 'combined'),
        ),
  ]
}
