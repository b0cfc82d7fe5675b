// The manifest as nginx and njs read it: a native map from URL to a few letters. Pure.
import type { AssetTable } from '../../njs/lib/table.ts'
import { forms } from './compress.ts'
import type { Asset, AssetManifest, AssetMapEntry, AssetOptions } from './types.ts'

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

/** What the njs handler `asset` needs to know. */
export function assetTable(
  roots: AssetOptions['roots'],
  cache: string,
  control: { immutable: string; revalidate: string } = {
    immutable: 'public, max-age=31536000, immutable',
    revalidate: 'public, no-cache',
  },
): AssetTable {
  const slashed = (path: string): string => `${path.replace(/\/+$/, '')}/`
  return {
    roots: roots.map(({ url, dir }) => ({ url, dir: slashed(dir) })),
    snapshot: cache.replace(/\/+$/, ''),
    ...control,
  }
}

/**
 * A single-page application: paths without an extension that are no file of the manifest get its page. nginx does it:
 * `if ($<prefix>asset_entry = "") { rewrite "<pattern>" <page> last; }`, with `volatile;` in the map.
 */
export function spaRewrite(root: { url: string; spa: string }): { pattern: string; page: string } {
  return { pattern: `^${escapeRegex(root.url)}(?:.*/)?[^/.]*$`, page: root.url + root.spa }
}
