// Static files of a uWSGI configuration -> folders and routes of a site. uWSGI maps single files and the root path too, and
// looks whether a file is there before it asks the application; a site names its folders. Pure: the disk is told to it.

import { basename, join } from 'node:path'
import type { Draft, SiteRoute } from './draft.ts'
import type { World } from './entry.ts'

export type Disk = Pick<World, 'isFile' | 'list'>

export type SiteFolders = {
  folders: { at: string; root: string }[]
  routes: (SiteRoute & { folder: string })[]
  /** What the operator has to know. */
  notes: string[]
}

/** More names than that at the root of a site are no handful of favicons. */
const maxNames = 200
const hidden = /^\.|~$|\.(py|pyc|pyo|ini|toml|lock|sqlite3?|pem|key)$/

export function siteFolders(draft: Draft, disk: Disk): SiteFolders {
  const made: SiteFolders = { folders: [], routes: [], notes: [] }
  const taken = new Set<string>()
  const addFolder = (at: string, root: string): void => {
    if (taken.has(at)) return
    taken.add(at)
    made.folders.push({ at, root })
  }
  const addFile = (path: string, folder: string): void => {
    if (taken.has(path)) return
    taken.add(path)
    made.routes.push({ path, folder })
  }
  const atRoot: string[] = []
  for (const { at, root, keepsMount } of draft.site.static) {
    const path = `/${at.replace(/^\/+|\/+$/g, '')}`
    if (path === '/') atRoot.push(root)
    else if (disk.isFile(root)) {
      if (basename(root) === basename(path) && root.endsWith(path)) addFile(path, root.slice(0, -path.length))
      else {
        made.notes.push(
          `${at} = ${root}: a single file under another name; make it ${basename(path)}, or redirect ${path} to it`,
        )
      }
    } else addFolder(`${path}/`, keepsMount ? join(root, at) : root)
  }
  for (const root of new Set([...atRoot, ...(draft.gateway['check-static'] ?? [])])) {
    const names = disk.list(root).filter((name) => !hidden.test(name))
    if (names.length > maxNames) {
      made.notes.push(
        `${root} has ${names.length} entries: name the folders of the site by hand, below paths of their own`,
      )
      continue
    }
    made.notes.push(
      `${root}: uWSGI looks there before it asks the application; the site names what lies there now (${names.join(', ') || 'nothing'})`,
    )
    for (const name of names) {
      if (name.endsWith('/')) addFolder(`/${name}`, join(root, name.slice(0, -1)))
      else addFile(`/${name}`, root)
    }
  }
  return made
}

const lost: [option: RegExp, text: string][] = [
  [
    /^static-expires/,
    'the site keeps names with a hash for a year and asks again for all others; another age is a route with `headers`',
  ],
  [/^static-index$/, 'the site has no index files of folders; an exact route may serve one'],
  [/^static-safe$/, 'links inside a folder may lead anywhere in nginx'],
  [/^error-page-/, 'the site has error pages of its own'],
]

/** Lines whose meaning does not go into the site file, as texts. */
export function lostInSite(keys: readonly string[]): string[] {
  const found = lost.filter(([option]) => keys.some((key) => option.test(key)))
  return found.map(([option, text]) => `${keys.filter((key) => option.test(key)).join(', ')}: ${text}`)
}
