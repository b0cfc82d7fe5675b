// Folders of files that the build has compressed: nginx's maps choose the form, njs helps where weights must be compared.

import { type Expr, expr } from '../arg.ts'
import { type AssetMap, assetBase, assetMap, assetMaps, assetPattern, spaRewrite } from '../assets/map.ts'
import type { AssetManifest } from '../assets/types.ts'
import { block, type Line, type Location, line, literal, section } from '../site.ts'
import type { Draft } from './draft.ts'
import { type Folder, hiddenPattern, modifierFor } from './folder.ts'
import { fileHeaders } from './headers.ts'
import { routing } from './jump.ts'
import { fileLog } from './logs.ts'
import { siteAccess } from './policies.ts'

/** nginx sends the chosen file itself, with its own ETag, ranges and sendfile. */
export function assetLocation(draft: Draft, folder: Folder, cache: string): Location {
  const { prefix } = draft.names
  const entry = assetEntries(draft)
  const known = assetMap(draft.made.assets as NonNullable<typeof draft.made.assets>).map(({ value }) => value)
  for (const map of assetMaps(prefix, known)) addMap(draft, map)
  const base = addMap(draft, assetBase(prefix, { url: folder.at, dir: folder.root }, cache, known))
  const variable = (name: string) => expr(`$${draft.own(name)}`)
  return {
    why: 'Static files: the smallest form the client takes, made when the site was built; names with a hash for a year.',
    match: { modifier: modifierFor(folder.at), path: folder.at },
    sections: siteAccess(draft),
    locations: [
      {
        why: 'A regular expression, so that alias is the whole file name and the type still comes from the path.',
        match: { modifier: '~', path: assetPattern(prefix, folder.at) },
        sections: [
          ...(folder.at === '/' ? routing(draft) : []),
          section(
            '',
            literal('gzip', 'off'),
            literal('log_not_found', 'off'),
            hiddenLine(draft, entry),
            ...spaLine(folder, entry),
            block('if', [expr(`($${draft.own('asset_form')}`), '=', 'none', ')'], [literal('return', 406)]),
            line('alias', expr(`${base.expr}$${prefix}rest$${draft.own('asset_form')}`)),
          ),
          fileLog(draft),
          fileHeaders(
            draft,
            'What the maps found.',
            line('add_header', 'Content-Encoding', variable('asset_encoding')),
            line('add_header', 'Vary', variable('asset_vary')),
            line('add_header', 'Cache-Control', variable('asset_cache')),
          ),
        ],
        locations: [],
      },
    ],
  }
}

/** Files the build has seen are not hidden; only for the others the pattern is tried. It costs as much as all the maps. */
function hiddenLine(draft: Draft, entry: Expr): Line {
  const why = 'Dotfiles, sources and left-overs of editors are not for the public, wherever they lie.'
  const hidden = lookUp(draft, 'asset_hidden', why, `${entry.expr}:$uri`, [
    ['default', ''],
    [`~^:.*${hiddenPattern}`, '1'],
  ])
  return block('if', [expr(`(${hidden.expr})`)], [literal('return', 404)])
}

const addMap = (draft: Draft, { name, why, source, lines }: AssetMap): Expr =>
  lookUp(
    draft,
    name,
    why,
    source,
    lines.map(({ key, value, isVariable }) => [key, isVariable ? expr(value) : value]),
  )

/** Only a single-page application rewrites paths; elsewhere looking up once is enough, and a third cheaper. */
function lookUp(draft: Draft, ...map: Parameters<Draft['map']>): Expr {
  const rewrites = (draft.config.static ?? []).some(({ fallback }) => fallback !== undefined)
  return rewrites ? draft.volatileMap(...map) : draft.map(...map)
}

function assetEntries(draft: Draft): Expr {
  const entries = assetMap(shown(draft.made.assets as AssetManifest))
  return lookUp(
    draft,
    'asset_entry',
    'What the build made of each file: b br, z zstd, g gzip; i immutable, r revalidate.',
    '$uri',
    [['default', ''], ...entries.map(({ key, value }): [string, string] => [key, value])],
  )
}

/** Without what is never served, so that being listed means being public. */
function shown(manifest: AssetManifest): AssetManifest {
  const hidden = new RegExp(hiddenPattern)
  return { ...manifest, assets: manifest.assets.filter(({ url }) => !hidden.test(url)) }
}

/** Paths without an extension that are no file are the application's in the browser. */
function spaLine({ at, fallback }: Folder, entry: Expr): Line[] {
  if (fallback === undefined) return []
  const { pattern, page } = spaRewrite({ url: at, spa: fallback })
  const to = line('rewrite', expr(pattern), page, 'last')
  return [block('if', [expr(`(${entry.expr}`), '=', '', ')'], [to])]
}
