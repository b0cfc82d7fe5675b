// uWSGI's internal routing: what has an equal in the site file becomes a route there, the rest is named as unsupported.

import type { Draft, SiteRoute } from '../draft.ts'
import type { Entry } from '../entry.ts'
import { addToOption, type Fate } from '../fate.ts'
import { readText, tell } from '../value.ts'

const instead = 'write it as a route in the site file (docs/site.md), or in edge.ts'

/** `regex action:argument`; the option's name says what the pattern is about. */
function takeRoute(entry: Entry, draft: Draft): void {
  const [, pattern, action = '', argument = ''] = /^(\S+)\s+(\w[\w-]*):?(.*)$/s.exec(readText(entry)) ?? []
  if (pattern === undefined) {
    tell(draft, entry, 'error', `${entry.key} expects \`regex action:argument\``)
    return
  }
  const conditions = subjects[entry.key]?.(pattern)
  take(entry, draft, conditions, action, argument)
}

/** `condition:a;b action:argument` */
function takeRouteIf(entry: Entry, draft: Draft): void {
  const [, kind = '', name = '', wanted = '', action = '', argument = ''] =
    /^(\w+):\$\{(\w+)\};?(\S*)\s+(\w[\w-]*):?(.*)$/s.exec(readText(entry)) ?? []
  take(entry, draft, conditionOf(kind, name, wanted), action, argument)
}

/** `action:argument`, for every request. */
function takeRouteRun(entry: Entry, draft: Draft): void {
  const [, action = '', argument = ''] = /^(\w[\w-]*):?(.*)$/s.exec(readText(entry)) ?? []
  take(entry, draft, {}, action, argument)
}

function take(
  entry: Entry,
  draft: Draft,
  conditions: SiteRoute | undefined,
  action: string,
  argument: string,
): void {
  if (conditions !== undefined && act(entry, draft, conditions, action, argument)) return
  tell(draft, entry, 'warning', `${entry.key} = ${entry.value}: this route is not taken`, instead)
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A pattern for paths: one path where it means one. */
function onPath(pattern: string): SiteRoute {
  if (/^(\.\*|\^|\^\/|\^\.\*\$?)$/.test(pattern)) return {}
  const [, path] = /^\^(\/[\w/-]*)\$$/.exec(pattern) ?? []
  return path === undefined ? { matches: pattern } : { path }
}

const plainHost = (pattern: string): string | undefined =>
  /^\^?([\w-]+(?:\.[\w-]+)+)\$?$/.exec(pattern.replaceAll('\\.', '.'))?.[1]

const subjects: Record<string, (pattern: string) => SiteRoute | undefined> = {
  route: onPath,
  'route-uri': onPath,
  'route-host': (pattern) => {
    const host = plainHost(pattern)
    return host === undefined ? undefined : { hosts: [host] }
  },
  'route-user-agent': (pattern) => ({ requestHeaders: { 'User-Agent': { matches: pattern } } }),
  'route-referer': (pattern) => ({ requestHeaders: { Referer: { matches: pattern } } }),
}

/** `equal:${HTTP_HOST};old.org` and its kin. */
function conditionOf(kind: string, name: string, wanted: string): SiteRoute | undefined {
  const equal = /^(equal|eq|ieq|isequal)$/.test(kind)
  if (/^(PATH_INFO|REQUEST_URI)$/.test(name)) {
    if (equal) return onPath(`^${escaped(wanted)}$`)
    if (kind === 'startswith') return { matches: `^${escaped(wanted)}` }
    return kind === 'regexp' ? { matches: wanted } : undefined
  }
  if (name === 'REQUEST_METHOD') return equal ? { methods: [wanted] } : undefined
  if (name === 'HTTP_HOST') return equal && plainHost(wanted) ? { hosts: [wanted] } : undefined
  const header = /^HTTP_(\w+)$/.exec(name)?.[1]?.split('_').map(capital).join('-')
  if (header === undefined) return undefined
  if (equal) return { requestHeaders: { [header]: wanted } }
  if (kind === 'startswith') return { requestHeaders: { [header]: { startsWith: wanted } } }
  if (kind === 'regexp') return { requestHeaders: { [header]: { matches: wanted } } }
  if (kind === 'empty') return { requestHeaders: { [header]: false } }
  return undefined
}

const capital = (word: string): string => word.slice(0, 1) + word.slice(1).toLowerCase()

/** `$1`, `${PATH_INFO}` and the like, as the site file writes them. */
const target = (text: string): string =>
  text
    .replace(/\$\{REQUEST_URI\}/g, '{path}{?args}')
    .replace(/\$\{PATH_INFO\}/g, '{path}')
    .replace(/\$\{(HTTP_HOST|SERVER_NAME)\}/g, '{host}')
    .replace(/\$\{?(\d)\}?/g, '{$1}')

const isTarget = (text: string): boolean => /^(https?:\/\/|\/)[^\s$]*$/.test(text)

function act(entry: Entry, draft: Draft, on: SiteRoute, action: string, argument: string): boolean {
  const { path } = on
  if (/^(donotlog|disablelog)$/.test(action)) {
    const quiet = path ?? prefixOf(on)
    if (quiet === undefined) return false
    addToOption(draft, 'log-skip', quiet, entry)
    return true
  }
  if (action === 'static') {
    const at = path ?? prefixOf(on)
    if (at === undefined) return false
    draft.site.static.push({ at, root: argument, keepsMount: false })
    addToOption(draft, 'static-map', `${at}=${argument}`, entry)
    return true
  }
  if (/^add-?header$/.test(action) && Object.keys(on).length === 0) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(argument) ?? []
    if (name === undefined || value === undefined) return false
    draft.onlyNginx.push(entry)
    draft.site.headers[name] = value
    return true
  }
  const what = actionOf(action, argument)
  if (what === undefined) return false
  draft.onlyNginx.push(entry)
  draft.site.routes.push({ ...on, ...what })
  return true
}

function actionOf(action: string, argument: string): SiteRoute | undefined {
  if (/^redirect(-(permanent|301|302))?$/.test(action)) {
    const to = target(argument)
    return isTarget(to) ? { redirect: to, status: /permanent|301/.test(action) ? 301 : 302 } : undefined
  }
  if (/^(return|break)$/.test(action)) {
    const [, status] = /^([1-5]\d\d)/.exec(argument) ?? []
    return status === undefined || Number(status) < 200 ? undefined : { respond: { status: Number(status) } }
  }
  if (action === 'rewrite') {
    const to = target(argument)
    return to.startsWith('/') && isTarget(to) ? { rewrite: to } : undefined
  }
  return undefined
}

/** `^/static/` and `^/healthz`: everything that begins so. */
const prefixOf = (on: SiteRoute): string | undefined =>
  /^\^?(\/[\w./-]*)\$?$/.exec((on.matches ?? '').replaceAll('\\', ''))?.[1]

const doc =
  'donotlog, redirect, return, break, rewrite, addheader and static become the site’s; other actions are named as unsupported.'
const route: Fate = { kind: 'nginx', doc, take: takeRoute }

export const routes: Record<string, Fate> = {
  route,
  'route-uri': route,
  'route-host': route,
  'route-user-agent': route,
  'route-referer': route,
  'route-if': { kind: 'nginx', doc, take: takeRouteIf },
  'route-run': { kind: 'nginx', doc, take: takeRouteRun },
}
