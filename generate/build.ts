// A site file -> everything in out/. Gathers the facts, lets the model decide, renders, writes. The only file of
// generate/ that knows all the others.

import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { glob } from 'tinyglobby'
import { type DjangoFacts, readDjango } from '../config/django.ts'
import { type LoadedSite, loadSite } from '../config/load.ts'
import { packageRoot } from '../config/package-root.ts'
import { appsOf } from './model/app.ts'
import type { Facts } from './model/facts.ts'
import { runFolders } from './model/http.ts'
import { namesOf } from './model/names.ts'
import { planSite } from './model/plan.ts'
import { accountOf, closedFolder } from './reach.ts'
import { relativePaths } from './relative.ts'
import { renderSite } from './render.ts'
import type { Site } from './site.ts'
import { findNginx, probeTarget } from './target.ts'
import { type Written, writeOut } from './write.ts'

export type BuildOptions = {
  /** The site file. */
  config: string
  /** Output folder; default out/ beside the site file. */
  out?: string
  /** Where nginx listens, instead of what the site file says. */
  listen?: string[]
}

export type Built = {
  site: Site
  loaded: LoadedSite
  facts: Facts
  out: string
  files: Map<string, string | Uint8Array>
  /** What the reader should know: missing folders, settings that will surprise. */
  notes: string[]
}

/** Everything of a build but the writing. */
export async function planBuild(options: BuildOptions): Promise<Built> {
  const loaded = await loadSite(options.config)
  if (options.listen) loaded.config.listen = options.listen
  const out = resolve(options.out ?? join(loaded.folder, 'out'))
  const facts = await gatherFacts(loaded, out)
  const site = planSite(loaded.config, facts, { wiring: undefined })
  const files = new Map<string, string | Uint8Array>(renderSite(site))
  if (site.gateway) await addGateway(files, site)
  const notes = [...notesOf(loaded, facts), ...stayReachable(files, site, out)]
  return { site, loaded, facts, out, files, notes }
}

export async function buildSite(options: BuildOptions): Promise<Built & { written: Written }> {
  const built = await planBuild(options)
  const names = namesOf(built.loaded.config, built.facts)
  const written = await writeOut(built.out, built.files)
  for (const folder of runFolders(names)) await mkdir(folder, { recursive: true })
  return { ...built, written }
}

async function gatherFacts(loaded: LoadedSite, out: string): Promise<Facts> {
  const { config, folder, path } = loaded
  const projects = appsOf(config).map(async ({ name, app }) =>
    app.kind === 'django'
      ? ([name, await readDjango(app, resolve(folder, app.project))] as const)
      : undefined,
  )
  const [target, ...django] = await Promise.all([probeTarget(findNginx()), ...projects])
  return {
    siteFile: path,
    folder,
    out,
    target,
    root: process.getuid?.() === 0,
    ipv6: existsSync('/proc/net/if_inet6'),
    django: Object.fromEntries(django.filter((one) => one !== undefined)) as Record<string, DjangoFacts>,
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
          'STATIC_ROOT is not set in Django’s settings: no static files are served. Set it and run collectstatic.',
        ]
      : []),
    ...(django.staticRoot !== undefined && !existsSync(django.staticRoot)
      ? [`${django.staticRoot} does not exist yet: run \`python manage.py collectstatic\`, then build again.`]
      : []),
    ...(django.debug
      ? ['Django’s DEBUG is on: error pages show settings and sources to every visitor.']
      : []),
  ])
}
