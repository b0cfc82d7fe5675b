// The locations that lead to applications, and what a visitor sees when nobody answers there.

import type { SiteConfig } from '../../config/schema/site.ts'
import { expr } from '../arg.ts'
import { type Location, line, literal, type Section, section } from '../site.ts'
import { appsOf, passSections } from './app.ts'
import type { Facts, Scripts } from './facts.ts'
import type { Names } from './names.ts'

export function appLocations(config: SiteConfig, facts: Facts, names: Names, scripts: Scripts): Location[] {
  const apps = appsOf(config)
  if (apps.length === 0) return []
  const locations = apps.map(({ name, app }): Location => {
    const scriptName = app.at === '/' ? '' : app.at.slice(0, -1)
    return {
      why: apps.length === 1 ? 'Everything else is the application’s.' : `The application ${name}.`,
      match: { modifier: undefined, path: app.at },
      sections: [...awaySections(names, scripts), ...passSections(config, facts, names, scriptName)],
      locations: [],
    }
  })
  return [...locations, ...awayLocations(names, scripts)]
}

/** error_page of a location hides inherited ones, so it stands in each that passes requests on. */
function awaySections(names: Names, { wiring }: Scripts): Section[] {
  if (!wiring) return []
  return [
    section(
      'Nobody answers behind the socket: say so readably, and when to come back. The application’s own 5xx pass.',
      literal('error_page', 502, 504, '=503', `@${names.prefix}away`),
    ),
  ]
}

function awayLocations(names: Names, { wiring }: Scripts): Location[] {
  if (!wiring) return []
  const p = names.prefix
  const header = (name: string, value: string) => line('add_header', name, expr(value), 'always')
  return [
    {
      why: 'The page for the time when the application is away; HTML or JSON as the client prefers.',
      match: { modifier: undefined, path: `@${p}away` },
      sections: [
        section(
          '',
          { name: 'types', args: [], literal: true, block: [] },
          literal('default_type', ''),
          header('Content-Type', `$${p}page_type`),
          header('Retry-After', `$${p}retry_after`),
          line('add_header', 'Cache-Control', 'no-store', 'always'),
          line('return', 503, expr(`$${p}page`)),
        ),
      ],
      locations: [],
    },
  ]
}
