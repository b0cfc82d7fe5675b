// uWSGI's internal routing: what has an equal in the site file becomes a route there, the rest is named as unsupported.

import { isRegex } from '../../config/schema/units.ts'
import type { Draft } from '../draft.ts'
import type { Entry } from '../entry.ts'
import type { Fate } from '../fate.ts'
import { withoutPassword } from '../passwords.ts'
import { readText, tell } from '../value.ts'
import { act, type Refusal } from './route-actions.ts'
import { type Conditions, conditionOf, subjects } from './route-conditions.ts'

const inSite = 'write it as a route in the site file (docs/site.md), or in edge.ts'

/** `regex action:argument`; the option's name says what the pattern is about. */
function takeRoute(entry: Entry, draft: Draft): void {
  const [, pattern, action = '', argument = ''] = /^(\S+)\s+(\w[\w-]*):?(.*)$/s.exec(readText(entry)) ?? []
  if (pattern === undefined) {
    tell(
      draft,
      entry,
      'error',
      `${entry.key} = ${withoutPassword(entry.value ?? '')}: expected \`regex action:argument\``,
    )
    return
  }
  take(entry, draft, subjects[entry.key]?.(pattern), action, argument)
}

const ifPattern = /^(\w+):\$\{(\w+)\};?(\S*)\s+(\w[\w-]*):?(.*)$/s

/** `condition:a;b action:argument` */
function takeRouteIf(entry: Entry, draft: Draft): void {
  const [, kind = '', name = '', wanted = '', action = '', argument = ''] =
    ifPattern.exec(readText(entry)) ?? []
  // uWSGI sets HTTPS from X-Forwarded-Proto.
  const https = name === 'HTTPS' && /^on$/i.test(wanted)
  const on = https ? conditionOf('equal', 'HTTP_X_FORWARDED_PROTO', 'https') : conditionOf(kind, name, wanted)
  take(entry, draft, on, action, argument)
}

/** The idiom `route-if-not = equal:${HTTPS};on redirect-permanent:https://…`; other negations are the author's. */
function takeRouteIfNot(entry: Entry, draft: Draft): void {
  const [, kind = '', name = '', wanted = '', action = '', argument = ''] =
    ifPattern.exec(readText(entry)) ?? []
  const equal = /^(equal|eq|ieq|isequal)$/.test(kind)
  const isHttps =
    (name === 'HTTPS' && /^on$/i.test(wanted)) || (name === 'HTTP_X_FORWARDED_PROTO' && wanted === 'https')
  if (!equal || !isHttps || !action.startsWith('redirect')) {
    // `not empty` is `present`, which a site's route can say.
    const present = kind === 'empty' ? presence(name) : undefined
    take(entry, draft, present, action, argument)
    return
  }
  take(entry, draft, conditionOf('equal', 'HTTP_X_FORWARDED_PROTO', 'http'), action, argument)
  const text = `${entry.key}: in the generated site what a proxy calls http is redirected; with \`tls\` the site redirects http by itself`
  tell(draft, entry, 'note', text)
}

function presence(name: string): Conditions | undefined {
  const found = conditionOf('empty', name, '')
  const [header] = Object.keys(found?.route.requestHeaders ?? {})
  return header === undefined ? undefined : { route: { requestHeaders: { [header]: true } } }
}

/** `action:argument`, for every request. */
function takeRouteRun(entry: Entry, draft: Draft): void {
  const [, action = '', argument = ''] = /^(\w[\w-]*):?(.*)$/s.exec(readText(entry)) ?? []
  take(entry, draft, { route: {} }, action, argument)
}

/** Every regular expression in the conditions. */
function patternsOf({ route, only }: Conditions): string[] {
  const headers = Object.values(route.requestHeaders ?? {}).flatMap((match) =>
    typeof match === 'object' && 'matches' in match ? [match.matches] : [],
  )
  return [route.matches, only?.replace(/^[a-z-]+=/, ''), ...headers].filter((one) => one !== undefined)
}

function take(
  entry: Entry,
  draft: Draft,
  on: Conditions | undefined,
  action: string,
  argument: string,
): void {
  const refusal: Refusal | undefined =
    on === undefined
      ? { reason: 'its condition has no equal in the site file', remedy: inSite }
      : patternsOf(on).every(isRegex)
        ? act(entry, draft, on, action, argument)
        : { reason: 'JavaScript does not read its pattern', remedy: 'say it without (?…) of PCRE' }
  if (refusal === undefined) return
  const text = `${entry.key} = ${withoutPassword(entry.value ?? '')}: this route is not taken: ${refusal.reason}`
  tell(draft, entry, 'warning', text, refusal.remedy)
}

const doc =
  'donotlog (as log-skip), redirect, return, break, rewrite, addheader, static, basicauth (names and passwords of the line become a file of hashes), http and uwsgi become the site’s; others are named.'
const route: Fate = { kind: 'nginx', doc, take: takeRoute }

export const routes: Record<string, Fate> = {
  route,
  'route-uri': route,
  'route-host': route,
  'route-user-agent': route,
  'route-referer': route,
  'route-remote-addr': route,
  'route-if': { kind: 'nginx', doc, take: takeRouteIf },
  'route-if-not': {
    kind: 'nginx',
    doc: 'The redirect to https, and `empty`; other negations are named as unsupported.',
    take: takeRouteIfNot,
  },
  'route-run': { kind: 'nginx', doc, take: takeRouteRun },
}
