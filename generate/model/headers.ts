// Response headers. nginx forgets every add_header of the server in a location that has its own, so the whole set is
// written into each such location here (newer versions could merge; older ones cannot).

import type { SiteConfig } from '../../config/schema/site.ts'
import { expr } from '../arg.ts'
import { type Line, line, type MapBlock, type Section, section } from '../site.ts'
import type { Names } from './names.ts'

type Guard = { header: string; value: string; slug: string }

/** Sent unless the application has said something itself. */
const guards: Guard[] = [
  { header: 'X-Content-Type-Options', value: 'nosniff', slug: 'nosniff' },
  { header: 'Referrer-Policy', value: 'strict-origin-when-cross-origin', slug: 'referrer' },
  { header: 'Cross-Origin-Opener-Policy', value: 'same-origin', slug: 'opener' },
  { header: 'X-Frame-Options', value: 'SAMEORIGIN', slug: 'frames' },
]

const wanted = (config: SiteConfig): Guard[] => {
  const own = new Set(Object.keys(config.headers).map((name) => name.toLowerCase()))
  return guards.filter((guard) => !own.has(guard.header.toLowerCase()))
}

export function headerMaps(config: SiteConfig, names: Names): MapBlock[] {
  return wanted(config).map(({ header, value, slug }) => ({
    why: `${header}, unless the application has sent its own: two of them would contradict each other.`,
    kind: 'map',
    source: expr(`$sent_http_${header.toLowerCase().replaceAll('-', '_')}`),
    variable: `${names.prefix}${slug}`,
    lines: [
      { key: '', value },
      { key: 'default', value: '' },
    ],
  }))
}

/** The set for the server, and again for each location with headers of its own. */
export function headerSection(config: SiteConfig, names: Names, ...extra: Line[]): Section {
  const always = (name: string, value: Parameters<typeof line>[1]): Line =>
    line('add_header', name, value as string, 'always')
  return section(
    extra.length === 0
      ? 'Headers of every answer, errors too.'
      : 'Headers of this location, and the site’s again: nginx drops inherited ones where there are others.',
    ...extra,
    ...wanted(config).map(({ header, slug }) => always(header, expr(`$${names.prefix}${slug}`))),
    ...Object.entries(config.headers).map(([name, value]) => always(name, value)),
  )
}
