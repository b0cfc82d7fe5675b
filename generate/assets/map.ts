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

/** What browsers and common clients send, word for word, as the letters of the forms they take. */
const usual: [accept: string, takes: string][] = [
  ['', ''],
  ['gzip, deflate, br, zstd', 'bzg'],
  ['gzip, deflate, br', 'bg'],
  ['gzip, deflate', 'g'],
  ['gzip', 'g'],
  ['br', 'b'],
  ['zstd', 'z'],
  ['br, gzip', 'bg'],
  ['gzip, br', 'bg'],
]

/**
 * From entry and Accept-Encoding to the answer's headers, in nginx's own maps: exact look-ups, no regular expression.
 * Whatever else a client sends (weights, `*`, another order) njs judges. `entries`: the values of assetMap().
 */
export function assetMaps(
  prefix: string,
  entries: string[],
  control: { immutable: string; revalidate: string } = {
    immutable: 'public, max-age=31536000, immutable',
    revalidate: 'public, no-cache',
  },
): AssetMap[] {
  const entry = `$${prefix}asset_entry`
  const none = { key: 'default', value: '' }
  const known = [...new Set(entries)].sort()
  const several = known.filter((one) => !one.startsWith('.'))
  return [
    {
      name: 'asset_takes',
      why: 'What the client takes, as browsers say it: b br, z zstd, g gzip. Anything else is njs’s to judge.',
      source: '$http_accept_encoding',
      lines: [{ key: 'default', value: 'other' }, ...usual.map(([key, value]) => ({ key, value }))],
    },
    {
      name: 'asset_form',
      why: 'The best form that the file has and the client takes.',
      source: `${entry}|$${prefix}asset_takes`,
      lines: [none, ...several.flatMap((one) => formLines(one, `$${prefix}asset_weighed`))],
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
      lines: [none, ...several.map((key) => ({ key, value: 'Accept-Encoding' }))],
    },
    {
      name: 'asset_cache',
      why: 'A name with a fingerprint never changes its content.',
      source: entry,
      lines: [
        none,
        ...known.map((key) => ({ key, value: key.endsWith('.i') ? control.immutable : control.revalidate })),
      ],
    },
  ]
}

function formLines(entry: string, weighed: string): AssetMap['lines'] {
  const taken = [...new Set(usual.map(([, takes]) => takes))]
  const lines = taken.flatMap((takes) => {
    const best = forms.find(({ letter }) => takes.includes(letter) && entry.split('.')[0]?.includes(letter))
    return best ? [{ key: `${entry}|${takes}`, value: best.suffix }] : []
  })
  return [...lines, { key: `${entry}|other`, value: weighed, isVariable: true }]
}

/** Where a folder's files are: those with several forms in the cache of the build, the others where they always were. */
export function assetBase(
  prefix: string,
  folder: { url: string; dir: string },
  cache: string,
  entries: string[],
): AssetMap {
  const several = [...new Set(entries)].sort().filter((one) => !one.startsWith('.'))
  return {
    name: `asset_base${folder.url.replace(/[^A-Za-z0-9]+/g, '_').replace(/_$/, '')}`,
    why: `Where the files of ${folder.url} are: those with several forms beside their forms.`,
    source: `$${prefix}asset_entry`,
    lines: [
      { key: 'default', value: `${folder.dir.replace(/\/+$/, '')}/` },
      ...several.map((key) => ({ key, value: cache.replace(/\/+$/, '') + folder.url })),
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
