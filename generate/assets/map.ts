// The manifest as nginx reads it: a map from URL to a few letters, and from these to what is sent. Pure.
import { forms } from './compress.ts'
import type { Asset, AssetManifest, AssetMapEntry } from './types.ts'

/** `bzg.i`: the forms in order of preference, then i (immutable) or r (revalidate). */
export function assetEntry(asset: Asset): string {
  const letters = forms
    .filter((form) => asset.encodings.some((made) => made.encoding === form.encoding))
    .map((form) => form.letter)
  return `${letters.join('')}.${asset.immutable ? 'i' : 'r'}`
}

/**
 * Lines of `map $uri $<prefix>asset_entry`. Keys are plain text, still to be quoted. nginx compares map keys without
 * case: names that differ by case only become regular expressions. A `$` in a name is left to the original folder.
 */
export function assetMap(manifest: AssetManifest): AssetMapEntry[] {
  const seen = new Map<string, number>()
  for (const { url } of manifest.assets) seen.set(url.toLowerCase(), (seen.get(url.toLowerCase()) ?? 0) + 1)
  return manifest.assets
    .filter(({ url }) => !url.includes('$'))
    .map((asset) => {
      const alone = seen.get(asset.url.toLowerCase()) === 1
      return { key: alone ? asset.url : `~^${escapeRegex(asset.url)}\\z`, value: assetEntry(asset) }
    })
}

const escapeRegex = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Values for map_hash_bucket_size and map_hash_max_size that hold these keys. */
export function mapHash(entries: AssetMapEntry[]): { bucketSize: number; maxSize: number } {
  const longest = entries.reduce((most, { key }) => Math.max(most, Buffer.byteLength(key)), 0)
  // An element is a pointer, the key with its length, rounded up to 8; the bucket ends with a null pointer.
  return { bucketSize: powerOfTwo(longest + 32, 64), maxSize: powerOfTwo(entries.length * 2, 2048) }
}

function powerOfTwo(wanted: number, least: number): number {
  let size = least
  while (size < wanted) size *= 2
  return size
}

export type AssetMap = {
  name: string
  why: string
  /** Variables of this site have the prefix already. */
  source: string
  /** Values with `isVariable` are nginx's, the others plain text. */
  lines: { key: string; value: string; isVariable?: boolean }[]
}

/**
 * From entry and Accept-Encoding to the answer's headers, in nginx's own maps: njs is asked only where weights must be
 * compared, and costs the browsers nothing. All of them `volatile`: an internal redirect asks again for another file.
 */
export function assetMaps(
  prefix: string,
  control: { immutable: string; revalidate: string } = {
    immutable: 'public, max-age=31536000, immutable',
    revalidate: 'public, no-cache',
  },
): AssetMap[] {
  const entry = `$${prefix}asset_entry`
  // The client writes what is behind the first bar: each pattern must pass over it once only.
  const none = { key: 'default', value: '' }
  const named = (before: string, letter: string, coding: string): string =>
    `~*^${before}${letter}[^|]*\\|(?:.*,)?\\s*${coding}\\s*(?:,|$)`
  return [
    {
      name: 'asset_form',
      why: 'The best form the client takes. Weights (;q=), * and identity need arithmetic: njs does it.',
      source: `${entry}|$http_accept_encoding`,
      lines: [
        none,
        { key: '~*^[bzg][^|]*\\|.*(?:[;*]|identity)', value: `$${prefix}asset_weighed`, isVariable: true },
        { key: named('', 'b', 'br'), value: '.br' },
        { key: named('b?', 'z', 'zstd'), value: '.zst' },
        { key: named('b?z?', 'g', '(?:x-)?gzip'), value: '.gz' },
      ],
    },
    {
      name: 'asset_encoding',
      why: 'Its Content-Encoding.',
      source: `$${prefix}asset_form`,
      lines: [none, ...forms.map(({ suffix, encoding }) => ({ key: suffix, value: encoding }))],
    },
    {
      name: 'asset_vary',
      why: 'Vary, for files that have several forms.',
      source: entry,
      lines: [none, { key: '~^[bzg]', value: 'Accept-Encoding' }],
    },
    {
      name: 'asset_cache',
      why: 'A name with a fingerprint never changes its content.',
      source: entry,
      lines: [
        none,
        { key: '~\\.i$', value: control.immutable },
        { key: '~\\.r$', value: control.revalidate },
      ],
    },
  ]
}

/** Where a folder's files are: those with several forms in the cache of the build, the others where they always were. */
export function assetBase(prefix: string, folder: { url: string; dir: string }, cache: string): AssetMap {
  return {
    name: `asset_base${folder.url.replace(/[^A-Za-z0-9]+/g, '_').replace(/_$/, '')}`,
    why: `Where the files of ${folder.url} are: those with several forms beside their forms.`,
    source: `$${prefix}asset_entry`,
    lines: [
      { key: 'default', value: `${folder.dir.replace(/\/+$/, '')}/` },
      { key: '~^[bzg]', value: cache.replace(/\/+$/, '') + folder.url },
    ],
  }
}

/** The location that serves a folder: its regular expression captures what comes behind the folder's URL. */
export const assetPattern = (prefix: string, url: string): string =>
  `(?s)^${escapeRegex(url)}(?<${prefix}rest>.*)$`

/**
 * A single-page application: paths without an extension that are no file of the manifest get its page. nginx does it:
 * `if ($<prefix>asset_entry = "") { rewrite "<pattern>" <page> last; }`, with `volatile;` in the map.
 */
export function spaRewrite(root: { url: string; spa: string }): { pattern: string; page: string } {
  return { pattern: `^${escapeRegex(root.url)}(?:.*/)?[^/.]*$`, page: root.url + root.spa }
}
