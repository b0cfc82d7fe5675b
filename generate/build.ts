// A site file -> everything in out/. Has the facts gathered, lets the model decide, has assets and scripts made, renders,
// writes. The only file of generate/ that knows all the others.

import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { type LoadedSite, loadSite } from '../config/load.ts'
import { packageRoot } from '../config/package-root.ts'
import { PosternError } from '../errors.ts'
import { certificateNotes } from './certificate.ts'
import { djangoNotes } from './django-notes.ts'
import { gatherFacts } from './facts.ts'
import type { Facts } from './model/facts.ts'
import { mediaFolders, staticFolders } from './model/files.ts'
import { planScript, planSite } from './model/plan.ts'
import { unaskedRoutes } from './model/route-table.ts'
import { refuseSecondOwner, replacedSite, systemConf, takenName } from './neighbours.ts'
import { routeNames } from './njs/names.ts'
import { buildSiteScript } from './njs/site-script.ts'
import type { NjsProblem, SiteScriptResult } from './njs/types.ts'
import { passwordNotes } from './password-notes.ts'
import { accountOf, closedFolder } from './reach.ts'
import { relativePaths } from './relative.ts'
import { renderSite } from './render.ts'
import type { Site } from './site.ts'
import { type Progress, siteAssets } from './site-assets.ts'
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
  progress?: Progress
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
    ...djangoNotes(loaded, facts),
    ...certificateNotes(loaded),
    ...unaskedRoutes(loaded.config, [
      ...staticFolders(loaded.config, facts),
      ...mediaFolders(loaded.config, facts),
    ]),
  ]
  if (!options.dry) await claimFolder(out)
  const assets = await siteAssets(loaded, facts, notes, options)
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
  notes.push(...replacedSite(site, out), ...takenName(site, options.beside ?? systemConf))
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
