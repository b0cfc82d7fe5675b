// Folders of files that the build has compressed: nginx's maps choose the form, njs helps where weights must be compared.

import { type Expr, expr } from '../arg.ts'
import { type AssetMap, assetBase, assetMap, assetMaps, assetPattern, spaRewrite } from '../assets/map.ts'
import { block, type Line, type Location, line, literal, section } from '../site.ts'
import type { Draft } from './draft.ts'
import { type Folder, modifierFor } from './folder.ts'
import { locationHeaders } from './headers.ts'

/** nginx sends the chosen file itself, with its own ETag, ranges and sendfile. */
export function assetLocation(draft: Draft, folder: Folder, cache: string, hidden: Location): Location {
  const { prefix } = draft.names
  const entry = assetEntries(draft)
  for (const map of assetMaps(prefix)) addMap(draft, map)
  const base = addMap(draft, assetBase(prefix, { url: folder.at, dir: folder.root }, cache))
  const variable = (name: string) => expr(`$${draft.own(name)}`)
  return {
    why: 'Static files: the smallest form the client takes, made when the site was built; names with a hash for a year.',
    match: { modifier: modifierFor(folder.at), path: folder.at },
    sections: [],
    locations: [
      hidden,
      {
        why: 'A regular expression, so that alias is the whole file name and the type still comes from the path.',
        match: { modifier: '~', path: assetPattern(prefix, folder.at) },
        sections: [
          section(
            '',
            literal('gzip', 'off'),
            literal('log_not_found', 'off'),
            ...spaLine(folder, entry),
            block('if', [expr(`($${draft.own('asset_form')}`), '=', 'none', ')'], [literal('return', 406)]),
            line('alias', expr(`${base.expr}$${prefix}rest$${draft.own('asset_form')}`)),
          ),
          locationHeaders(
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

const addMap = (draft: Draft, { name, why, source, lines }: AssetMap): Expr =>
  draft.volatileMap(
    name,
    why,
    source,
    lines.map(({ key, value, isVariable }) => [key, isVariable ? expr(value) : value]),
  )

function assetEntries(draft: Draft): Expr {
  const entries = assetMap(draft.made.assets as NonNullable<typeof draft.made.assets>)
  return draft.volatileMap(
    'asset_entry',
    'What the build made of each file: b br, z zstd, g gzip; i immutable, r revalidate.',
    '$uri',
    [['default', ''], ...entries.map(({ key, value }): [string, string] => [key, value])],
  )
}

/** Paths without an extension that are no file are the application's in the browser. */
function spaLine({ at, fallback }: Folder, entry: Expr): Line[] {
  if (fallback === undefined) return []
  const { pattern, page } = spaRewrite({ url: at, spa: fallback })
  const to = line('rewrite', expr(pattern), page, 'last')
  return [block('if', [expr(`(${entry.expr}`), '=', '', ')'], [to])]
}
