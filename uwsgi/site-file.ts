// A translated configuration -> the text of a postern.config.ts. Pure: what is on disk is told to it.
// Paths are written relative to the site file; what nginx does leaves the gateway's options.

import { isAbsolute, relative } from 'node:path'
import type { GatewayOptions } from '../gateway/options.ts'
import { passwordFiles, withFile } from './passwords.ts'
import { Call, printValue, type Value } from './print-site.ts'
import { type Disk, siteFolders } from './site-folders.ts'
import type { Translation } from './translate.ts'

export type SiteFacts = {
  /** Folder of the site file. */
  folder: string
  /** The folder of the application holds manage.py. */
  django: boolean
  /** What the site file says it was made from. */
  source: string
  disk: Disk
  /** What another source knows about the site; the translation's own word wins. */
  more?: { [key: string]: Value }
}

/** Options that the site decides, or that a service manager does. */
const notForTheSite = new Set<string>([
  'socket',
  'http',
  'module',
  'wsgi-file',
  'callable',
  'mount',
  'run-dir',
  'chdir',
  'home',
  'python',
  'env',
  'static-map',
  'static-map2',
  'static-index',
  'static-safe',
  'static-expires',
  'check-static',
  'limit-post',
  'chmod-socket',
  'chown-socket',
])

export function writeSiteFile(translation: Translation, facts: SiteFacts): string {
  const { draft } = translation
  const set = draft.gateway as Partial<GatewayOptions>
  const here = (path: string) => relativePath(facts.folder, path)
  const site: { [key: string]: Value } = {}
  if (draft.site.listen.length > 0) site.listen = [...new Set(draft.site.listen)]
  const helper = facts.django && set.paste === undefined ? 'django' : 'wsgi'
  const apps = applications(set, helper, here)
  if (Object.keys(apps).length === 1 && apps.main) site.app = apps.main
  else if (Object.keys(apps).length > 0) site.apps = apps
  const options = Object.fromEntries(
    Object.entries(set).filter(([name, value]) => !notForTheSite.has(name) && value !== undefined),
  ) as { [key: string]: Value }
  if (Object.keys(options).length > 0) site.gateway = options
  const files = siteFolders(draft, facts.disk)
  if (files.folders.length > 0) site.static = files.folders.map(({ at, root }) => ({ at, root: here(root) }))
  if (Object.keys(draft.site.headers).length > 0) site.headers = draft.site.headers
  const { routes, upstreams } = draft.site
  const users = passwordFiles(draft.site)
  if (routes.length + files.routes.length > 0) {
    site.routes = [
      ...files.routes.map((route) => ({ ...route, folder: here(route.folder) })),
      ...routes.map((route) =>
        route.password ? { ...route, password: here(route.password) } : withFile(route, users),
      ),
    ] as Value[]
  }
  if (Object.keys(upstreams).length > 0) site.upstreams = upstreams
  if (draft.site.body !== undefined) site.limits = { body: draft.site.body }
  if (draft.site.certificate) {
    const { address, certificate, key } = draft.site.certificate
    site.tls = {
      certificate: here(certificate),
      key: here(key),
      listen: [address.replace(/^:/, '') || '443'],
    }
  }
  const called = Object.values(apps).map((app) => (app as Call).name)
  for (const [key, value] of Object.entries(facts.more ?? {})) site[key] ??= value
  const names = ['defineSite', ...['django', 'wsgi'].filter((name) => called.includes(name))]
  return [
    `// Made by \`postern migrate\` from ${facts.source}. Look it over, then: postern build`,
    `import { ${names.join(', ')} } from 'postern'`,
    '',
    `export default defineSite(${printValue(site, 0)})`,
    '',
  ].join('\n')
}

function applications(
  set: Partial<GatewayOptions>,
  helper: 'django' | 'wsgi',
  here: (path: string) => string,
): { [name: string]: Value } {
  const common: { [key: string]: Value } = {}
  if (set.chdir !== undefined && here(set.chdir) !== '.') common.project = here(set.chdir)
  if (set.home !== undefined) common.home = here(set.home)
  if (set.python !== undefined) common.python = set.python
  if (set.env !== undefined) common.env = set.env
  const apps: { [name: string]: Value } = {}
  const callable: { [key: string]: Value } = set.callable === undefined ? {} : { callable: set.callable }
  if (helper === 'django') {
    const module = set.module === undefined ? {} : { module: withCallable(set.module, set.callable) }
    apps.main = new Call('django', { ...common, ...(set['wsgi-file'] === undefined ? module : {}) })
  } else if (set['wsgi-file'] !== undefined) {
    apps.main = new Call('wsgi', { ...common, file: set['wsgi-file'], ...callable })
  } else if (set.module !== undefined) {
    apps.main = new Call('wsgi', {
      ...common,
      module: set.module,
      ...(set.module.includes(':') ? {} : callable),
    })
  }
  for (const mount of set.mount ?? []) {
    const equals = mount.indexOf('=')
    const at = mount.slice(0, equals)
    const target = mount.slice(equals + 1)
    const what: { [key: string]: Value } = { ...mountTarget(target) }
    if (what.callable === undefined) Object.assign(what, callable)
    if (at === '/' || at === '') apps.main = new Call('wsgi', { ...common, ...what })
    else apps[appName(at, apps)] = new Call('wsgi', { at: withSlashes(at), ...common, ...what })
  }
  return apps
}

/** `file.py`, `file.py:callable`, `module`, `module:callable`: what a mount names. */
function mountTarget(target: string): { [key: string]: Value } {
  const [, file, callable] = /^(.*\.(?:py|wsgi))(?::(\w+))?$/.exec(target) ?? []
  if (file === undefined) return { module: target }
  return callable === undefined ? { file } : { file, callable }
}

const withCallable = (module: string, callable: string | undefined): string =>
  callable === undefined || module.includes(':') ? module : `${module}:${callable}`

function appName(at: string, taken: object): string {
  const base =
    at
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-+$/g, '') || 'app'
  let name = base
  for (let number = 2; name in taken; number++) name = `${base}-${number}`
  return name
}

const withSlashes = (at: string): string => `/${at.replace(/^\/+|\/+$/g, '')}/`.replace('//', '/')

function relativePath(folder: string, path: string): string {
  if (!isAbsolute(path)) return path
  const found = relative(folder, path)
  if (found === '') return '.'
  return found.startsWith('../..') ? path : found
}
