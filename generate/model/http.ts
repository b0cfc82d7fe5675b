// What a whole nginx needs around the servers: processes, folders, logs, file sending.

import { join } from 'node:path'
import type { SiteConfig } from '../../config/schema/site.ts'
import { line, literal, type Main, type Section, section } from '../site.ts'
import type { Facts, Scripts } from './facts.ts'
import type { Names } from './names.ts'

export const tempKinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']

export const logFolder = (names: Names): string => join(names.runDir, 'log')

/** Folders that must exist before nginx starts: it makes no parents. */
export const runFolders = (names: Names): string[] => [
  names.runDir,
  logFolder(names),
  join(names.runDir, 'temp'),
]

export function planMain(facts: Facts, names: Names, scripts: Scripts): Main {
  return {
    user: facts.root ? names.user : undefined,
    modules: scripts.wiring ? [join(facts.target.modulesPath, 'ngx_http_js_module.so')] : [],
    pid: join(names.runDir, 'nginx.pid'),
    errorLog: join(logFolder(names), 'error.log'),
    errorLevel: 'warn',
    workerConnections: 4096,
    fileLimit: 8192,
    tempPaths: tempKinds.map((kind) => ({
      directive: `${kind}_temp_path`,
      path: join(names.runDir, 'temp', kind),
    })),
  }
}

/** Sizes of hashes: nginx wants them before the first map. */
export const firstSections = (): Section[] => [
  section(
    'Room for names of any length.',
    literal('variables_hash_max_size', 2048),
    literal('server_names_hash_bucket_size', 128),
    literal('map_hash_bucket_size', 256),
  ),
]

export function ownSections(_config: SiteConfig, names: Names): Section[] {
  return [
    section(
      'Files go from the page cache to the socket; heads wait for the first bytes of the body.',
      literal('sendfile', 'on'),
      literal('tcp_nopush', 'on'),
      literal('keepalive_timeout', '65s'),
      literal('server_tokens', 'off'),
    ),
    section(
      'One line per request.',
      line('access_log', join(logFolder(names), 'access.log'), names.logFormat),
    ),
  ]
}
