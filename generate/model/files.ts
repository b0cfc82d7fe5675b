// Folders of files: static assets, uploads, and files an application hands over by X-Accel-Redirect.

import { join, resolve } from 'node:path'
import type { StaticFolder } from '../../config/schema/folders.ts'
import type { SiteConfig } from '../../config/schema/site.ts'
import { PosternError } from '../../errors.ts'
import { expr } from '../arg.ts'
import { block, type Location, line, literal, type Section, section } from '../site.ts'
import { appsOf } from './app.ts'
import { assetLocation } from './assets.ts'
import type { Draft } from './draft.ts'
import type { Facts } from './facts.ts'
import { type Folder, hiddenPattern, modifierFor } from './folder.ts'
import { addHeader, handedOverHeaders, locationHeaders } from './headers.ts'
import { routing } from './jump.ts'
import { fileLog } from './logs.ts'
import { siteAccess } from './policies.ts'

const slashed = (path: string): string => (path.endsWith('/') ? path : `${path}/`)

/** A URL setting of Django as a path of this site; undefined when it points to another host. */
export function sitePath(url: string | undefined): string | undefined {
  if (url === undefined || /^(?:[a-z][a-z0-9+.-]*:)?\/\//i.test(url)) return undefined
  const path = slashed(url.startsWith('/') ? url : `/${url}`)
  return path === '/' ? undefined : path
}

type Given = StaticFolder & { access?: Folder['access'] }

function foldersOf(
  given: Given[] | undefined,
  config: SiteConfig,
  facts: Facts,
  kind: 'static' | 'media',
): Folder[] {
  if (given) {
    return given.map(({ at, root, fallback, access }) => ({
      at,
      root: slashed(resolve(facts.folder, root)),
      fallback,
      access: access ?? 'public',
    }))
  }
  return appsOf(config).flatMap(({ name, app }): Folder[] => {
    const django = facts.django[name]
    if (!django) return []
    const at = sitePath(kind === 'static' ? django.staticUrl : django.mediaUrl)
    const root = kind === 'static' ? django.staticRoot : django.mediaRoot
    if (!at || !root) return []
    return [
      { at, root: slashed(resolve(facts.folder, app.project, root)), fallback: undefined, access: 'public' },
    ]
  })
}

export const staticFolders = (config: SiteConfig, facts: Facts): Folder[] =>
  foldersOf(config.static as Given[] | undefined, config, facts, 'static')

export const mediaFolders = (config: SiteConfig, facts: Facts): Folder[] =>
  foldersOf(config.media as Given[] | undefined, config, facts, 'media')

/** Where the builder puts compressed assets. */
export const assetFolder = (facts: Facts): string => join(facts.out, 'assets')

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
    hiddenPattern,
  )

/** The same where no location may stand inside. */
export const hiddenHere = (): Section =>
  section(
    'Dotfiles, sources and left-overs of editors are not for the public, wherever they lie.',
    block('if', [expr('($uri'), '~', expr(hiddenPattern), ')'], [literal('return', 404)]),
  )

export function staticLocation(draft: Draft, folder: Folder): Location {
  if (draft.made.assets) return assetLocation(draft, folder, assetFolder(draft.facts))
  if (folder.fallback !== undefined) {
    throw new PosternError('GENERATE_REFUSED', { key: 'static.fallback', reason: 'it needs compress.assets' })
  }
  return {
    why: 'Files by nginx itself. The slash at both ends keeps siblings of the folder out of reach.',
    match: { modifier: modifierFor(folder.at), path: folder.at },
    sections: [
      ...(folder.at === '/' ? routing(draft) : []),
      ...siteAccess(draft),
      section('', line('alias', folder.root), literal('log_not_found', 'off')),
      fileLog(draft),
    ],
    locations: [hiddenFiles()],
  }
}

export function mediaLocation(draft: Draft, folder: Folder): Location {
  const internal = folder.access === 'internal'
  return {
    why: internal
      ? 'Uploads that only the application may hand out, by X-Accel-Redirect.'
      : 'Uploads come from strangers: they are data, never part of the site.',
    match: { modifier: modifierFor(folder.at), path: folder.at },
    sections: [
      ...(folder.access === 'signed' ? [signatureSection(draft)] : []),
      ...(internal ? [] : siteAccess(draft)),
      section('', internal ? literal('internal') : undefined, line('alias', folder.root)),
      internal ? section('') : fileLog(draft),
      internal
        ? handedOverHeaders(draft)
        : locationHeaders(
            draft,
            'An uploaded page runs nothing here.',
            addHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
          ),
    ],
    locations: internal ? [] : [hiddenFiles()],
  }
}

/** What njs says of the link: 1, expired, or nothing. */
function signatureSection(draft: Draft): Section {
  const signed = (...rest: string[]) => [expr(`($${draft.own('signed')}`), ...rest, ')']
  return section(
    'Only with a link the application has signed, until it expires.',
    block('if', signed('=', 'expired'), [literal('return', 410)]),
    block('if', signed('!=', '1'), [literal('return', 403)]),
  )
}

const acceleratedPrefix = '/-/postern-file'

const acceleratedUri = (folder: Folder): string =>
  folder.access === 'internal' ? folder.at : `${acceleratedPrefix}${folder.at}`

/** The gateway's list of what nginx may send in the application's place: `/uri/=/folder/;…`. */
export function acceleratedRoots(draft: Draft): string | undefined {
  const folders = [...mediaFolders(draft.config, draft.facts), ...staticFolders(draft.config, draft.facts)]
  const safe = folders.filter((folder) => !/[;=]/.test(folder.root + folder.at))
  return safe.length === 0
    ? undefined
    : safe.map((folder) => `${acceleratedUri(folder)}=${folder.root}`).join(';')
}

/** The folders whose files the application may hand over. */
export function acceleratedLocation(draft: Draft, folder: Folder): Location {
  return {
    why: 'Files the application hands over (wsgi.file_wrapper, X-Accel-Redirect): sent by nginx, reachable only that way.',
    match: { modifier: '^~', path: acceleratedUri(folder) },
    sections: [section('', literal('internal'), line('alias', folder.root)), handedOverHeaders(draft)],
    locations: [],
  }
}
