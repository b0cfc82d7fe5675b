// The static folders of a site, compressed where they are not yet; what is missing is said.

import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LoadedSite } from '../config/load.ts'
import { buildAssets } from './assets/build.ts'
import type { AssetManifest } from './assets/types.ts'
import type { Facts } from './model/facts.ts'
import { assetFolder, staticFolders } from './model/files.ts'

export type Progress = (step: { done: number; total: number }) => void

type Assets = { manifest: AssetManifest; written: number }

/** Static folders that exist; one that does not yet is a note, not an error. */
export async function siteAssets(
  { config }: LoadedSite,
  facts: Facts,
  notes: string[],
  { dry = false, progress }: { dry?: boolean; progress?: Progress },
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
