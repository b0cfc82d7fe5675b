// Folders of files: static assets, uploads, and files an application hands over by X-Accel-Redirect.

import { resolve } from 'node:path'
import type { SiteConfig } from '../../config/schema/site.ts'
import { type Location, line, literal, section } from '../site.ts'
import { appsOf } from './app.ts'
import type { Facts } from './facts.ts'
import { headerSection } from './headers.ts'
import type { Names } from './names.ts'

export type Folder = { at: string; root: string }

const slashed = (path: string): string => (path.endsWith('/') ? path : `${path}/`)

/** A URL setting of Django as a path of this site; undefined when it points to another host. */
export function sitePath(url: string | undefined): string | undefined {
  if (url === undefined || /^(?:[a-z][a-z0-9+.-]*:)?\/\//i.test(url)) return undefined
  const path = slashed(url.startsWith('/') ? url : `/${url}`)
  return path === '/' ? undefined : path
}

function foldersOf(
  given: { at: string; root: string }[] | undefined,
  config: SiteConfig,
  facts: Facts,
  setting: 'static' | 'media',
): Folder[] {
  if (given) return given.map(({ at, root }) => ({ at, root: slashed(resolve(facts.folder, root)) }))
  return appsOf(config).flatMap(({ name, app }) => {
    const django = facts.django[name]
    if (!django) return []
    const at = sitePath(setting === 'static' ? django.staticUrl : django.mediaUrl)
    const root = setting === 'static' ? django.staticRoot : django.mediaRoot
    return at && root ? [{ at, root: slashed(resolve(facts.folder, app.project, root)) }] : []
  })
}

export const staticFolders = (config: SiteConfig, facts: Facts): Folder[] =>
  foldersOf(config.static, config, facts, 'static')

export const mediaFolders = (config: SiteConfig, facts: Facts): Folder[] =>
  foldersOf(config.media, config, facts, 'media')

const notFound = (why: string, path: string): Location => ({
  why,
  match: { modifier: '~', path },
  sections: [section('', literal('return', 404))],
  locations: [],
})

/** For the whole site: an application has no such addresses, only scanners ask for them. */
export const hiddenPaths = (): Location =>
  notFound('Dotfiles: scanners ask for .env and .git all day.', '/\\.(?!well-known/)')

/** Within folders of files: what editors, version control and deployments leave behind, as if it were not there. */
export const hiddenFiles = (): Location =>
  notFound(
    'Dotfiles, sources and left-overs of editors are not for the public, wherever they lie.',
    '(?:/\\.|\\.(?:py|pyc|pyo|orig|bak|swp|sqlite3?|pem|key|ini|toml|lock)$|~$)',
  )

export function staticLocation(folder: Folder): Location {
  return {
    why: 'Files by nginx itself. The slash at both ends keeps siblings of the folder out of reach.',
    match: { modifier: '^~', path: folder.at },
    sections: [section('', line('alias', folder.root), literal('log_not_found', 'off'))],
    locations: [hiddenFiles()],
  }
}

export function mediaLocation(folder: Folder, config: SiteConfig, names: Names): Location {
  return {
    why: 'Uploads come from strangers: they are data, never part of the site.',
    match: { modifier: '^~', path: folder.at },
    sections: [
      section('', line('alias', folder.root)),
      headerSection(
        config,
        names,
        line(
          'add_header',
          'Content-Security-Policy',
          "default-src 'none'; style-src 'unsafe-inline'; sandbox",
          'always',
        ),
      ),
    ],
    locations: [hiddenFiles()],
  }
}

export const acceleratedPrefix = '/-/postern-file'

/** The folders whose files the application may hand over; the address of each names its real path. */
export function acceleratedLocation(folder: Folder): Location {
  return {
    why: 'Files the application hands over (wsgi.file_wrapper, X-Accel-Redirect): sent by nginx, reachable only that way.',
    match: { modifier: '^~', path: `${acceleratedPrefix}${folder.root}` },
    sections: [section('', literal('internal'), line('alias', folder.root))],
    locations: [],
  }
}
