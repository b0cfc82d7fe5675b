// Locations that no request can reach.

import { readLocation } from '../model/location.ts'
import { anchoredStart } from '../model/regex/anchors.ts'
import { matches } from '../model/regex/matches.ts'
import { type Regex, readRegex } from '../model/regex/read.ts'
import { fixedTexts } from '../model/regex/texts.ts'
import type { Statement } from '../model/statement.ts'
import type { Rule } from '../rule.ts'

/** The literal text that a path must begin with, and whether nothing more is asked. */
function prefixOf(regex: Regex): { text: string; whole: boolean } | undefined {
  if (regex.pattern === undefined || regex.pattern.alternatives.length !== 1 || !anchoredStart(regex))
    return undefined
  let text = ''
  for (const element of regex.pattern.alternatives[0]?.elements.slice(1) ?? []) {
    if (element.type !== 'Character') {
      const open = element.type === 'Quantifier' && element.raw === '.*'
      return { text, whole: open && regex.pattern.alternatives[0]?.elements.at(-1) === element }
    }
    text += String.fromCodePoint(element.value)
  }
  return { text, whole: true }
}

const EVERYTHING = new Set([
  '.*',
  '^.*',
  '^.*$',
  '.*$',
  '/',
  '^/',
  '^/.*',
  '^/.*$',
  '^',
  '',
  '.',
  '^/(.*)$',
  '(.*)',
  '^(.*)$',
  '^/(.*)',
])

/** Every path of `later` is matched by `earlier` already. */
function covers(earlier: Regex, later: Regex): boolean {
  if (EVERYTHING.has(earlier.source)) return true
  if (earlier.source === later.source && (earlier.ignoreCase || !later.ignoreCase)) return true
  if (!earlier.ignoreCase && later.ignoreCase) return false
  const a = prefixOf(earlier)
  const b = prefixOf(later)
  if (a?.whole && b !== undefined && a.text.length > 1 && b.text.startsWith(a.text)) return true
  if (later.pattern === undefined || anchoredStart(later)) return false
  const texts = fixedTexts(later.pattern, 64)
  return (
    texts !== undefined &&
    texts.length > 0 &&
    !anchoredStart(earlier) &&
    later.source.endsWith('$') &&
    texts.every(
      (text) => text.length > 1 && matches(earlier, `/x${text}`) && matches(earlier, `/a/b/c${text}`),
    )
  )
}

export const rule: Rule = {
  name: 'unreachable-location',
  severity: 'warning',
  confidence: 'high',
  since: '0.1.0',
  topic: 'correctness',
  alias: ['nginx-lint: unreachable-location'],
  summary: 'No request reaches this location.',
  why: 'Regex locations are tried in their order and the first that matches wins; ^~ keeps regexes out; a return in the server answers before any location is looked for. What stands behind is dead.',
  visits: ['server', 'location'],
  bad: [
    'server { location ~ \\.php$ { return 200; } location ~ \\.php$ { return 201; } }',
    'server { location ~ ^/api/ { return 200; } location ~ ^/api/v2/ { return 201; } }',
    'server { location ~* \\.(css|js|png)$ { expires 1d; } location ~* \\.png$ { expires 7d; } }',
    'server { location ~ .* { return 200; } location ~ ^/x$ { return 201; } }',
    'server { return 301 https://a.example$request_uri; location /.well-known/acme-challenge/ { root /srv; } }',
    'server { location ^~ /static/ { root /srv; } location ~ ^/static/img/ { expires 7d; } }',
    'server { location ~ ^/ { return 200; } location /api/ { return 201; } }',
  ],
  good: [
    'server { location ~ ^/api/v2/ { return 201; } location ~ ^/api/ { return 200; } }',
    'server { location ~* \\.png$ { expires 7d; } location ~* \\.(css|js|png)$ { expires 1d; } }',
    'server { location / { return 301 https://a.example$request_uri; } location /.well-known/acme-challenge/ { root /srv; } }',
    'server { location ~ \\.php$ { return 200; } location ~ \\.php5$ { return 201; } }',
    'server { location ^~ /static/ { root /srv; location ~ \\.png$ { expires 7d; } } }',
    'server { location ~ ^/ { return 200; } location ^~ /api/ { return 201; } location = /x { return 200; } }',
    'server { return 444; location @x { root /srv; } }',
  ],
  check(scope, { report }) {
    const locations = scope.all('location')
    if (scope.name === 'server') afterReturn(scope, locations, report)
    const regexes: { at: Statement; regex: Regex }[] = []
    for (const at of locations) {
      const { modifier, path } = readLocation(at)
      if (modifier !== '~' && modifier !== '~*') continue
      const regex = readRegex(path, modifier === '~*')
      const earlier = regexes.find((one) => covers(one.regex, regex))
      const own = prefixOf(regex)?.text
      const held =
        own === undefined
          ? undefined
          : locations.find(
              (other) =>
                readLocation(other).modifier === '^~' &&
                readLocation(other).path.length > 0 &&
                own.startsWith(readLocation(other).path) &&
                !longer(locations, own, other),
            )
      if (earlier !== undefined)
        say(
          at,
          `location ${earlier.at.args.join(' ')} before it takes every path of this one`,
          'put the narrower regex first',
        )
      else if (held !== undefined)
        say(
          at,
          `location ${held.args.join(' ')} keeps regexes away from its paths`,
          `put this one inside ${held.args.join(' ')}`,
        )
      regexes.push({ at, regex })
    }
    const all = regexes.find((one) => EVERYTHING.has(one.regex.source))
    if (all === undefined) return
    for (const at of locations) {
      const { modifier, path } = readLocation(at)
      if (modifier === '' && path !== '/' && path.startsWith('/'))
        say(
          at,
          `the regex ${all.at.args.join(' ')} takes every path of this one`,
          `write location ^~ ${path}`,
        )
    }
    function say(at: Statement, message: string, help: string): void {
      report(at, message, { help })
    }
  },
}

/** A plain prefix location longer than the ^~ one could let the regex in again. */
const longer = (locations: Statement[], path: string, held: Statement): boolean =>
  locations.some(
    (one) =>
      readLocation(one).modifier === '' &&
      readLocation(one).path.length > readLocation(held).path.length &&
      path.startsWith(readLocation(one).path),
  )

function afterReturn(
  server: Statement,
  locations: Statement[],
  report: Parameters<Rule['check']>[1]['report'],
): void {
  const answer = server.first('return')
  if (answer === undefined) return
  for (const at of locations) {
    const { modifier } = readLocation(at)
    if (modifier === '@' || at.has('internal')) continue
    // Error pages of the answer itself are still looked up.
    if (server.all('error_page').some((one) => one.args.at(-1) === readLocation(at).path)) continue
    report(at, `the server answers \`return ${answer.args.join(' ')}\` before any location is looked for`, {
      help: 'move the return into location / { }',
    })
  }
}
