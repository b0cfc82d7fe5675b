// Which blocks open inside which, and which blocks stand around a fragment that does not say so itself.

import { type Nginx, nginxOf } from '../directives.ts'
import { allowedIn, PLACES, type PlaceName } from '../form.ts'
import type { ConfFile, Node } from '../node.ts'
import { directivesIn } from '../walk.ts'

/** Block names around a fragment → the kind of block it stands in. */
export function placeOf(context: readonly string[]): PlaceName {
  let place: PlaceName = 'main'
  for (const name of context) place = opens(place, name) ?? place
  return place
}

export const OPENS: Record<string, Partial<Record<PlaceName, PlaceName>>> = {
  events: { main: 'events' },
  http: { main: 'http' },
  mail: { main: 'mail' },
  stream: { main: 'stream' },
  rtmp: { main: 'rtmp' },
  server: { http: 'server', mail: 'mail server', stream: 'stream server', rtmp: 'rtmp server' },
  upstream: { http: 'upstream', stream: 'stream upstream' },
  location: { server: 'location', location: 'location' },
  if: { server: 'if in server', location: 'if in location' },
  limit_except: { location: 'limit_except' },
  application: { 'rtmp server': 'rtmp application' },
  recorder: { 'rtmp application': 'rtmp recorder' },
}

export const opens = (place: PlaceName, name: string): PlaceName | undefined =>
  Object.hasOwn(OPENS, name) ? OPENS[name]?.[place] : undefined

const GUESSES: readonly (readonly string[])[] = [
  [],
  ['http'],
  ['http', 'server'],
  ['http', 'server', 'location'],
  ['http', 'upstream'],
  ['stream'],
  ['stream', 'server'],
  ['mail'],
  ['mail', 'server'],
  ['events'],
]
export const OF_MAIN = new Set([
  'http',
  'events',
  'stream',
  'mail',
  'rtmp',
  'user',
  'worker_processes',
  'load_module',
  'pid',
])

/** Which blocks stand around a file, judged by its outermost directives; [] for a whole configuration. */
export function inferContext(main: ConfFile, version?: string): readonly string[] {
  const { directives } = nginxOf(version)
  const names = new Set<string>()
  for (const directive of directivesIn(main.children)) names.add(directive.name.value)
  if (names.size === 0 || [...names].some((name) => OF_MAIN.has(name))) return []
  // A whole configuration whose first lines are in disorder.
  for (const { block } of directivesIn(main.children))
    for (const { name } of directivesIn(block?.children ?? []))
      if (name.value === 'http' || name.value === 'events') return []
  let best: readonly string[] = []
  let most = 0
  for (const guess of GUESSES) {
    const fitting = countFitting(main.children, placeOf(guess), directives)
    if (fitting > most) {
      most = fitting
      best = guess
    }
  }
  return best
}

/** How many directives would be allowed if these stood in a block of that kind; servers of http, stream and mail differ inside. */
function countFitting(nodes: readonly Node[], place: PlaceName, directives: Nginx['directives']): number {
  let fitting = 0
  for (const { name, block } of directivesIn(nodes)) {
    if (!directives.get(name.value)?.some((form) => allowedIn(form, PLACES[place]))) continue
    fitting++
    const inner = name.value === 'server' ? opens(place, name.value) : undefined
    if (block !== undefined && inner !== undefined) fitting += countFitting(block.children, inner, directives)
  }
  return fitting
}
