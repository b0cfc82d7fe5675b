// The locations of applications, and where their large bodies stay.

import type { Policy } from '../../config/schema/policies.ts'
import { expr } from '../arg.ts'
import { block, type Location, line, literal, type Section, section } from '../site.ts'
import { movedLocation } from './answers.ts'
import { appsOf } from './app.ts'
import { corsLocations } from './cors.ts'
import type { Draft } from './draft.ts'
import { bodyFolder } from './http.ts'
import { hasJumps, recursive, routing } from './jump.ts'
import { policyOf } from './policies.ts'
import { locationName } from './route-table.ts'
import { toApp } from './to-app.ts'

export function appLocations(draft: Draft, name: string, at: string): Location[] {
  const policy = policyOf(draft, {} as Policy)
  const only = appsOf(draft.config).length === 1
  const stored = storesBodies(draft, policy)
  const location: Location = {
    why: only && at === '/' ? 'Everything else is the application’s.' : `The application ${name}.`,
    match: { modifier: undefined, path: at },
    sections: [
      ...routing(draft),
      ...(stored ? [storeSection(draft, name)] : []),
      ...toApp(draft, name, name, policy, {}),
    ],
    locations: [],
  }
  const bare: Location[] =
    at === '/'
      ? []
      : [
          {
            ...movedLocation(at.slice(0, -1), at),
            why: 'Without the last slash it would be another application’s.',
          },
        ]
  return [
    ...bare,
    location,
    ...(stored ? [storedLocation(draft, name, policy)] : []),
    ...corsLocations(draft, policy.cors, name),
  ]
}

/** The gateway must be able to read what nginx's workers have written: as root, or as the same user. */
function storesBodies(draft: Draft, policy: Policy): boolean {
  const { uid } = draft.config.gateway
  const same = uid === undefined || uid === draft.names.user || uid === 'root' || uid === '0'
  return same && (policy.uploads ?? 'file') === 'file' && !policy.events
}

function storeSection(draft: Draft, name: string): Section {
  const large = draft.map(
    'large_body',
    'Bodies from 70 kB on, which nginx has in a file anyway: cheaper to read there than through a socket.',
    '$http_content_length',
    [
      ['default', ''],
      // Most requests have no body: found by its hash, without a regex.
      ['', ''],
      ['~^[7-9]\\d{4}$', '1'],
      ['~^[1-9]\\d{5}', '1'],
    ],
  )
  return section(
    'A large body stays in nginx’s file; 596 is never sent, it only carries the jump.',
    line('error_page', 596, '=', `@${draft.own(`stored_${locationName(name)}`)}`),
    ...(hasJumps(draft) ? [] : [recursive()]),
    block('if', [expr(`(${large.expr})`)], [literal('return', 596)]),
  )
}

const storedLocation = (draft: Draft, name: string, policy: Policy): Location => ({
  why: `Large uploads for ${name}: the application reads them from nginx’s file.`,
  match: { modifier: undefined, path: `@${draft.own(`stored_${locationName(name)}`)}` },
  sections: [
    section(
      'In the site’s own folder, the only one the gateway opens files in.',
      literal('client_body_temp_path', bodyFolder(draft.names)),
    ),
    ...toApp(draft, name, name, policy, { storedBody: true }),
  ],
  locations: [],
})

/** Where njs may jump to. */
export const namedApp = (draft: Draft, name: string): Location => ({
  why: `The application ${name}, when edge.ts says so.`,
  match: { modifier: undefined, path: `@${draft.own(`to_${locationName(name)}`)}` },
  sections: toApp(draft, name, name, policyOf(draft, {} as Policy), {}),
  locations: [],
})
