// A site file -> everything in out/. Gathers the facts, lets the model decide, makes assets and scripts, renders,
// writes. The only file of generate/ that knows all the others.

import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { BuildFailure } from 'esbuild'
import { glob } from 'tinyglobby'
import { type DjangoFacts, readDjango } from '../config/django.ts'
import { type LoadedSite, loadSite } from '../config/load.ts'
import { packageRoot } from '../config/package-root.ts'
import { PosternError } from '../errors.ts'
import { buildAssets } from './assets/build.ts'
import type { AssetManifest } from './assets/types.ts'
import { awaitsCertificate, certificateNotes } from './certificate.ts'
import { appsOf } from './model/app.ts'
import type { Facts } from './model/facts.ts'
import { assetFolder, mediaFolders, staticFolders } from './model/files.ts'
import { planScript, planSite } from './model/plan.ts'
import { unaskedRoutes } from './model/route-table.ts'
import { refuseSecondOwner, systemConf } from './neighbours.ts'
import { edgeExports } from './njs/edge.ts'
import { routeNames } from './njs/names.ts'
import { buildSiteScript } from './njs/site-script.ts'
import type { NjsProblem, SiteScriptResult } from './njs/types.ts'
import { passwordNotes } from './password-notes.ts'
import { accountOf, closedFolder } from './reach.ts'
import { relativePaths } from './relative.ts'
import { renderSite } from './render.ts'
import type { Site } from './site.ts'
import { findNginx, givenTarget, probeTarget } from './target.ts'
import { claimFolder, type Written, writeOut } from './write.ts'

export type BuildOptions = {
  /** The site file. */
  config: string
  /** Output folder; default out/ beside the site file. */
  out?: string
  /** Listen here instead of where the site file says. */
  listen?: string[]
  /** Change nothing on disk: not even the compressed assets. */
  dry?: boolean
  /** The nginx.conf of an nginx that has other sites too; default the system's. */
  beside?: string
  /** Called for every static file that was compressed. */
  progress?: (step: { done: number; total: number }) => void
}

export type Built = {
  site: Site
  loaded: LoadedSite
  facts: Facts
  out: string
  files: Map<string, string | Uint8Array>
  /** Files that hold a secret. */
  secret: Set<string>
  /** Folders that must exist before nginx starts. */
  folders: string[]
  /** Which njs engine has loaded the scripts, when there are some. */
  provenBy: string | undefined
  /** How many assets there are, and how many were compressed in this run. */
  assets: { count: number; written: number } | undefined
  /** What the reader should know: missing folders, settings that will surprise. */
  notes: string[]
}

/** Everything of a build but the writing; only the cache of compressed assets is brought up to date. */
export async function planBuild(options: BuildOptions): Promise<Built> {
  const loaded = await loadSite(options.config, options.listen ? { listen: options.listen } : {})
  const out = resolve(options.out ?? join(loaded.folder, 'out'))
  const facts = await gatherFacts(loaded, out)
  const notes = [
    ...notesOf(loaded, facts),
    ...certificateNotes(loaded),
    ...unaskedRoutes(loaded.config, [
      ...staticFolders(loaded.config, facts),
      ...mediaFolders(loaded.config, facts),
    ]),
  ]
  if (!options.dry) await claimFolder(out)
  const assets = await assetsOf(loaded, facts, notes, options)
  const script = planScript(loaded.config, facts, assets?.manifest)
  const scripts = script ? await buildSiteScript(script) : undefined
  if (scripts) checkScripts(scripts, facts, notes)
  const made = { wiring: scripts?.wiring, assets: assets?.manifest }
  const { site, folders } = planSite(loaded.config, facts, made)
  refuseSecondOwner(site, out, options.beside ?? systemConf)
  const files = new Map<string, string | Uint8Array>(renderSite(site))
  for (const [name, text] of scripts?.files ?? []) files.set(join('njs', name), text)
  if (script?.edge) files.set('edge.d.ts', routeNames(Object.keys(script.routes?.named ?? {})))
  const hasSecret = script?.signed !== undefined || script?.jwt !== undefined
  const secret = new Set(hasSecret ? [...(scripts?.files.keys() ?? [])].map((name) => join('njs', name)) : [])
  // Environment variables are where passwords live.
  const named = Object.keys(site.gateway?.env ?? {}).filter((name) => name !== 'DJANGO_SETTINGS_MODULE')
  if (named.length > 0) secret.add('gateway.json')
  if (site.gateway) await addGateway(files, site)
  notes.push(...stayReachable(files, site, out), ...passwordNotes(loaded, site.main.user))
  return {
    site,
    loaded,
    facts,
    out,
    files,
    secret,
    folders,
    notes,
    provenBy: scripts?.provenBy,
    assets: assets ? { count: assets.manifest.assets.length, written: assets.written } : undefined,
  }
}

export async function buildSite(options: BuildOptions): Promise<Built & { written: Written }> {
  const built = await planBuild(options)
  const written = await writeOut(built.out, built.files, built.secret)
  for (const folder of built.folders) await mkdir(folder, { recursive: true })
  return { ...built, written }
}

/** Debian, Ubuntu and Alpine; Fedora and RHEL; SUSE; FreeBSD and macOS. */
const trustStores = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

async function gatherFacts(loaded: LoadedSite, out: string): Promise<Facts> {
  const { config, folder, path } = loaded
  const projects = appsOf(config).map(async ({ name, app }) =>
    app.kind === 'django'
      ? ([name, await readDjango(app, resolve(folder, app.project))] as const)
      : undefined,
  )
  const probing = config.nginx.version
    ? givenTarget(config.nginx.version)
    : probeTarget(findNginx(config.nginx.binary && resolve(folder, config.nginx.binary)))
  const [target, edge, ...django] = await Promise.all([probing, edgeOf(loaded), ...projects])
  return {
    siteFile: path,
    folder,
    out,
    target,
    edge,
    root: process.getuid?.() === 0,
    awaitsCertificate: awaitsCertificate(loaded),
    ipv6: existsSync('/proc/net/if_inet6'),
    trusted: trustStores.find((path) => existsSync(path)),
    django: Object.fromEntries(django.filter((one) => one !== undefined)) as Record<string, DjangoFacts>,
  }
}

/** edge.ts beside the site file, or where the site file says. */
async function edgeOf({ config, folder }: LoadedSite): Promise<Facts['edge']> {
  const path = resolve(folder, config.edge ?? 'edge.ts')
  if (!existsSync(path)) {
    if (config.edge === undefined) return undefined
    throw new PosternError('GENERATE_REFUSED', { key: 'edge', reason: `there is no ${path}` })
  }
  const { handlers, unknown } = await edgeExports(path).catch((error: BuildFailure) => {
    const problems = (error.errors ?? []).map(
      ({ text, location: at }) => `${at ? `${at.file}:${at.line}:${at.column + 1} ` : ''}${text}`,
    )
    throw new PosternError(
      'GENERATE_SCRIPT_PROBLEMS',
      { problems: problems.length > 0 ? problems : [error.message] },
      { cause: error },
    )
  })
  if (unknown.length > 0 || handlers.length === 0) {
    throw new PosternError(
      'GENERATE_REFUSED',
      {
        key: 'edge',
        reason:
          unknown.length > 0
            ? `it exports ${unknown.join(', ')}; known are route, rewrite, headers and respond`
            : 'it exports none of route, rewrite, headers and respond',
      },
      { place: { file: path } },
    )
  }
  return { path, handlers }
}

type Assets = { manifest: AssetManifest; written: number }

/** Static folders that exist; one that does not yet is a note, not an error. */
async function assetsOf(
  { config }: LoadedSite,
  facts: Facts,
  notes: string[],
  { dry = false, progress }: BuildOptions,
): Promise<Assets | undefined> {
  const folders = staticFolders(config, facts)
  if (folders.length === 0 || !config.compress.assets) return undefined
  const missing = folders.filter(({ root }) => !existsSync(root))
  for (const { root } of missing) {
    notes.push(
      `${root} does not exist yet: no files are served from it (Django: run collectstatic), then build again.`,
    )
  }
  const roots = folders
    .filter((folder) => !missing.includes(folder))
    .map(({ at, root, fallback }) => ({
      url: at,
      dir: root,
      ...(fallback === undefined ? {} : { spa: fallback }),
    }))
  if (roots.length === 0) return { manifest: { version: 1, assets: [], notes: [] }, written: 0 }
  const { manifest, written } = await inCache(facts, dry, (cache) =>
    buildAssets({ roots, cache, ...(progress ? { progress } : {}) }),
  )
  notes.push(...manifest.notes)
  return { manifest, written }
}

/** A dry run works on a copy: what nginx serves now stays as it is. */
async function inCache<T>(facts: Facts, dry: boolean, work: (cache: string) => Promise<T>): Promise<T> {
  if (!dry) return work(assetFolder(facts))
  const copy = await mkdtemp(join(tmpdir(), 'postern-dry-'))
  try {
    if (existsSync(assetFolder(facts))) {
      await cp(assetFolder(facts), copy, { recursive: true, preserveTimestamps: true })
    }
    return await work(copy)
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

function checkScripts(scripts: SiteScriptResult, facts: Facts, notes: string[]): void {
  const errors = scripts.problems.filter(({ severity }) => severity === 'error')
  const print = (one: NjsProblem): string =>
    `${one.file}:${one.line}:${one.column} ${one.rule}: ${one.message}${one.hint ? ` (${one.hint})` : ''}`
  if (errors.length > 0) throw new PosternError('GENERATE_SCRIPT_PROBLEMS', { problems: errors.map(print) })
  notes.push(...scripts.problems.map(print))
  if (scripts.files.size > 0 && !facts.target.modules.includes('http_js')) {
    const module = join(facts.target.modulesPath, 'ngx_http_js_module.so')
    throw new PosternError('GENERATE_NO_MODULE', { nginx: facts.target.version.join('.'), folder: module })
  }
}

/** Under a folder that nginx's user may not enter (a root-owned checkout), absolute paths would all be 403 or 502. */
function stayReachable(files: Map<string, string | Uint8Array>, site: Site, out: string): string[] {
  const account = site.main.user === undefined ? undefined : accountOf(site.main.user)
  const base = dirname(out)
  const closed = account && closedFolder(base, account)
  const conf = files.get('nginx.conf')
  if (closed === undefined || typeof conf !== 'string') return []
  if (closed === base) return [`nginx's user ${site.main.user} may not enter ${base}: run chmod o+x ${base}`]
  files.set('nginx.conf', relativePaths(conf, base))
  return [
    `nginx's user ${site.main.user} may not enter ${closed}: paths in nginx.conf are relative to ${base}. Start nginx there: nginx -p . -c ${basename(out)}/nginx.conf`,
  ]
}

/** The gateway itself, its options and its Python worker: out/ needs nothing else of this package at run time. */
async function addGateway(files: Map<string, string | Uint8Array>, site: Site): Promise<void> {
  files.set('gateway.json', `${JSON.stringify(site.gateway, null, 2)}\n`)
  const bundle = join(packageRoot, 'dist/gateway.mjs')
  if (existsSync(bundle)) files.set('gateway.mjs', await readFile(bundle))
  const python = join(packageRoot, 'gateway/python')
  for (const path of await glob('**/*.py', { cwd: python })) {
    files.set(join('python', path), await readFile(join(python, path)))
  }
}

function notesOf({ config }: LoadedSite, facts: Facts): string[] {
  return Object.values(facts.django).flatMap((django) => [
    ...(config.static === undefined && django.staticRoot === undefined
      ? [
          "STATIC_ROOT is not set in Django’s settings, so no static files are served: STATIC_ROOT = BASE_DIR / 'static', then manage.py collectstatic",
        ]
      : []),
    ...(django.debug
      ? ['Django’s DEBUG is on: error pages show settings and sources to every visitor.']
      : django.allowedHosts.length === 0
        ? [
            "ALLOWED_HOSTS is empty in Django’s settings and DEBUG is off: everybody is answered 400. ALLOWED_HOSTS = ['shop.example']",
          ]
        : []),
    ...(django.sslRedirect && !config.tls && !config.realIp?.proto
      ? [
          'SECURE_SSL_REDIRECT is on in Django’s settings, but the site has neither tls nor a proxy in front that brings https (realIp): every page redirects to https',
        ]
      : []),
  ])
}
