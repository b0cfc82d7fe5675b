// What a visitor sees when nobody answers behind the socket, or when the site is closed.

import { join, resolve } from 'node:path'
import { expr } from '../arg.ts'
import { block, type Line, type Location, line, literal, type Section, section } from '../site.ts'
import { isAmong } from './addresses.ts'
import { corsHeaders } from './cors.ts'
import type { Draft } from './draft.ts'
import { addHeader, locationHeaders } from './headers.ts'
import { byEdge } from './route-table.ts'

const has = (draft: Draft, variable: string): boolean =>
  draft.made.wiring?.set.some((one) => one.variable === draft.own(variable)) ?? false

/** error_page of a location hides inherited ones, so it stands in each that passes requests on. */
export function awaySection(draft: Draft): Section {
  if (!has(draft, 'page')) return section('')
  return section(
    'Nobody answers behind the socket: say so readably, and when to come back. The application’s own 5xx pass.',
    line('error_page', 502, '=503', `@${draft.own('away')}`),
    line('error_page', 504, `@${draft.own('away')}`),
  )
}

function pageLocation(draft: Draft, name: string, why: string, status: number, variable: string): Location {
  const header = (header: string, value: string): Line =>
    line('add_header', header, expr(`$${draft.own(value)}`), 'always')
  return {
    why,
    match: { modifier: undefined, path: `@${draft.own(name)}` },
    sections: [
      section(
        'The script says what the type is: HTML or JSON as the client prefers.',
        { name: 'types', args: [], literal: true, block: [] },
        literal('default_type', ''),
      ),
      {
        why: 'postern-ignore add-header-content-type -- default_type is empty here: this is the only one',
        lines: [header('Content-Type', 'page_type')],
      },
      locationHeaders(
        draft,
        'Nobody keeps this page.',
        header('Retry-After', 'retry_after'),
        line('add_header', 'Cache-Control', 'no-store', 'always'),
        ...ofAll(draft),
      ),
      section('', line('return', status, expr(`$${draft.own(variable)}`))),
    ],
    locations: [],
  }
}

/** Headers and cors of `all`: another site's script is to learn of the 503, too. What the page says itself stays. */
function ofAll(draft: Draft): Line[] {
  const { headers = {}, cors } = draft.config.all
  const own = Object.entries(headers).filter(
    ([name]) => !/^(content-type|retry-after|cache-control)$/i.test(name),
  )
  return [...corsHeaders(draft, cors, byEdge), ...own.map(([name, value]) => addHeader(name, value))]
}

export function awayLocations(draft: Draft): Location[] {
  return has(draft, 'page')
    ? [pageLocation(draft, 'away', 'The page for the time when the application is away.', 503, 'page')]
    : []
}

export function maintenanceLocations(draft: Draft): Location[] {
  return wantsMaintenance(draft) && has(draft, 'closed_page')
    ? [pageLocation(draft, 'maintenance', 'The page while the site is closed.', 503, 'closed_page')]
    : []
}

export const wantsMaintenance = (draft: Draft): boolean =>
  draft.config.maintenance !== undefined ||
  draft.config.routes.some((route) => route.maintenance) ||
  (draft.facts.edge?.handlers ?? []).includes('route')

/** The switch: a file that is there or not. */
export function maintenanceSwitch(draft: Draft): Section[] {
  const { maintenance } = draft.config
  if (!maintenance) return []
  const file = maintenance.file
    ? resolve(draft.facts.folder, maintenance.file)
    : join(draft.names.runDir, 'maintenance')
  const allowed = isAmong(
    draft,
    'sees_closed',
    'Who sees the site while it is closed.',
    '$remote_addr',
    maintenance.allow,
  )
  const closed = draft.own('closed')
  return [
    section(
      'Closed while this file exists: `touch` closes, `rm` opens, nothing is reloaded.',
      line('error_page', 599, '=', `@${draft.own('maintenance')}`),
      literal('set', `$${closed}`, ''),
      block('if', ['(-f', file, ')'], [literal('set', `$${closed}`, '1')]),
      block('if', [expr(`(${allowed.expr})`)], [literal('set', `$${closed}`, '')]),
      block('if', [expr(`($${closed})`)], [literal('return', 599)]),
    ),
  ]
}
