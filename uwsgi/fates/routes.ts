// uWSGI's internal routing: the common actions become nginx's, the others are named as unsupported.

import type { Draft } from '../draft.ts'
import type { Entry } from '../entry.ts'
import { addToOption, type Fate } from '../fate.ts'
import { readText, tell } from '../value.ts'

/** How a condition names the request's path. */
const pathInfo = '$'.concat('{PATH_INFO}')
const instead = 'write it as a route in the site file (docs/site.md), or in edge.ts'

/** `regex action:argument` */
function takeRoute(entry: Entry, draft: Draft): void {
  const [, pattern, action = '', argument = ''] = /^(\S+)\s+(\w[\w-]*):?(.*)$/s.exec(readText(entry)) ?? []
  if (pattern === undefined) {
    tell(draft, entry, 'error', `${entry.key} expects \`regex action:argument\``)
    return
  }
  const subject = entry.key.replace(/^route-?/, '') || 'path-info'
  if (!translate(draft, entry, subject, pattern, action, argument)) {
    tell(draft, entry, 'warning', `${entry.key} = ${entry.value}: this route is not taken`, instead)
  }
}

/** `condition:a;b action:argument` */
function takeRouteIf(entry: Entry, draft: Draft): void {
  const [, condition = '', left, right = '', action = '', argument = ''] =
    /^(\w+):([^;\s]*);?(\S*)\s+(\w[\w-]*):?(.*)$/s.exec(readText(entry)) ?? []
  if (left === pathInfo && /^(equal|eq|startswith)$/.test(condition)) {
    const pattern = `^${right.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}${condition === 'startswith' ? '' : '$'}`
    if (translate(draft, entry, 'path-info', pattern, action, argument)) return
  }
  tell(draft, entry, 'warning', `${entry.key} = ${entry.value}: this route is not taken`, instead)
}

function translate(
  draft: Draft,
  entry: Entry,
  subject: string,
  pattern: string,
  action: string,
  argument: string,
): boolean {
  const onPath = subject === 'path-info' || subject === 'uri'
  if (/^(donotlog|disablelog)$/.test(action) && onPath) {
    const path = plainPath(pattern)
    if (path === undefined) return false
    draft.site.quiet.push(path)
    addToOption(draft, 'log-skip', path, entry)
    return true
  }
  if (/^redirect(-(permanent|301|302))?$/.test(action) && onPath) {
    draft.onlyNginx.push(entry)
    draft.site.redirects.push({
      from: pattern,
      to: argument,
      status: /permanent|301/.test(action) ? 301 : 302,
    })
    return true
  }
  if (/^add-?header$/.test(action) && /^(\.\*|\^|\^\/)$/.test(pattern)) {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(argument) ?? []
    if (name === undefined || value === undefined) return false
    draft.onlyNginx.push(entry)
    draft.site.headers[name] = value
    return true
  }
  if (action === 'static' && onPath) {
    const path = plainPath(pattern)
    if (path === undefined) return false
    draft.site.static.push({ at: path, root: argument, keepsMount: false })
    addToOption(draft, 'static-map', `${path}=${argument}`, entry)
    return true
  }
  return false
}

/** The path a simple pattern stands for: `^/healthz$`, `^/static/`. */
function plainPath(pattern: string): string | undefined {
  const [, path] = /^\^?(\/[\w./-]*)\$?$/.exec(pattern.replaceAll('\\', '')) ?? []
  return path
}

const doc =
  'donotlog, redirects, addheader and static become nginx’s; other actions are named as unsupported.'
const route: Fate = { kind: 'nginx', doc, take: takeRoute }
const routeIf: Fate = { kind: 'nginx', doc, take: takeRouteIf }

export const routes: Record<string, Fate> = {
  route,
  'route-uri': route,
  'route-host': route,
  'route-if': routeIf,
}
