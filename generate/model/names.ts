// The names and folders of a site that everything else refers to.

import { createHash } from 'node:crypto'
import { basename, join, resolve } from 'node:path'
import type { SiteConfig } from '../../config/schema/site.ts'
import type { Facts } from './facts.ts'

export type Names = {
  site: string
  /** Begins every variable, zone, upstream and named location. */
  prefix: string
  upstream: string
  /** Variable: `:port` of the Host header, or nothing. */
  hostPort: string
  logFormat: string
  runDir: string
  /** The user nginx's workers become when root starts them. */
  user: string
}

export function namesOf(config: SiteConfig, facts: Pick<Facts, 'folder' | 'out'>): Names {
  const site = config.name ?? siteNameFrom(basename(facts.folder))
  const prefix = `postern_${shortened(site.replaceAll('-', '_'))}_`
  return {
    site,
    prefix,
    upstream: `${prefix}gateway`,
    hostPort: `${prefix}host_port`,
    logFormat: `${prefix}json`,
    runDir: config.runDir ? resolve(facts.folder, config.runDir) : join(facts.out, 'run'),
    user: config.user ?? 'www-data',
  }
}

/**
 * nginx's variables have at most 46 characters with its default `variables_hash_bucket_size` (64), PCRE's groups 32;
 * the names behind a prefix take up to 20.
 */
const longest = 16

function shortened(name: string): string {
  if (name.length <= longest) return name
  return `${name.slice(0, longest - 7)}_${createHash('sha256').update(name).digest('hex').slice(0, 6)}`
}

/** A folder's name as an identifier. */
export function siteNameFrom(folder: string): string {
  const name = folder
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 41)
  return name === '' ? 'site' : name
}
