// Answers that nginx keeps for a moment: whose, how long, and who may have them made anew.

import { join } from 'node:path'
import type { Cache } from '../../config/schema/policies.ts'
import { type Expr, expr } from '../arg.ts'
import { line, literal, type Section, section } from '../site.ts'
import { isAmong } from './addresses.ts'
import type { Draft } from './draft.ts'
import { byEdge } from './route-table.ts'
import { clientScheme } from './scheme.ts'
import { duration } from './units.ts'

/** Whose cache and buffering directives are meant. */
export type Link = 'fastcgi' | 'proxy' | 'uwsgi'

export function caching(draft: Draft, cache: Cache, name: string, link: Link): Section[] {
  const zone = draft.own(`cache_${name}`)
  const folder = join(draft.names.runDir, 'cache', name)
  draft.folders.add(join(draft.names.runDir, 'cache'))
  draft.share(
    zone,
    `Answers kept for a moment (${name}).`,
    literal(
      `${link}_cache_path`,
      folder,
      'levels=1:2',
      `keys_zone=${zone}:10m`,
      'max_size=256m',
      `inactive=${duration(cache.for + cache.stale)}`,
      'use_temp_path=off',
    ),
  )
  // edge.ts may send one address to different paths.
  const chosen = name === byEdge ? `|$${draft.own('uri')}?$${draft.own('args')}` : ''
  const by = cache.by.map((header) => `|$http_${header.toLowerCase().replaceAll('-', '_')}`).join('')
  const skip = cache.ignoreCookies ? [] : [expr('$http_cookie')]
  return [
    section(
      'One request of many makes the answer; the others get a copy, an old one while a new one is made.',
      literal(`${link}_cache`, zone),
      line(
        `${link}_cache_key`,
        expr(`${clientScheme(draft).scheme}|$request_method|$host|$server_port|$request_uri${chosen}${by}`),
      ),
      literal(`${link}_cache_valid`, ...cache.statuses, duration(cache.for)),
      literal(`${link}_cache_lock`, 'on'),
      literal(`${link}_cache_lock_timeout`, '5s'),
      literal(`${link}_cache_use_stale`, 'updating', 'error', 'timeout', 'http_500', 'http_503'),
      literal(`${link}_cache_background_update`, 'on'),
    ),
    section(
      cache.ignoreCookies
        ? 'Whoever has signed in gets an answer of their own.'
        : 'Whoever has a cookie or has signed in gets an answer of their own.',
      line(`${link}_no_cache`, ...skip, expr('$http_authorization')),
      line(`${link}_cache_bypass`, ...skip, expr('$http_authorization'), ...purge(draft, cache, name)),
    ),
  ]
}

/** Asking past the cache stores the new answer: that is nginx's own way to refresh one. */
function purge(draft: Draft, cache: Cache, name: string): Expr[] {
  if (cache.purgeHeader === undefined) return []
  const allowed = isAmong(
    draft,
    `purgers_${name}`,
    'Who may refresh kept answers.',
    '$remote_addr',
    cache.purgeFrom,
  )
  const header = `$http_${cache.purgeHeader.toLowerCase().replaceAll('-', '_')}`
  return [
    draft.map(
      `purge_${name}`,
      'A request to refresh an answer, from someone who may.',
      `${allowed.expr}:${header}`,
      [
        ['default', ''],
        ['~^1:.', '1'],
      ],
    ),
  ]
}
