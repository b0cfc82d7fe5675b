// Compresses what a site serves from disk, ahead of time, into a folder of its own; the originals are only read.
// Incremental: an unchanged file (size, mtime, ctime, inode) costs one stat, and a run without changes writes nothing.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PosternError } from '../../errors.ts'
import { canZstd, compress, forms, isCompressible, typeOf } from './compress.ts'
import { looksFingerprinted, manifestPlaces, namedByManifest, namedByVite } from './name.ts'
import type { Asset, AssetEncoding, AssetManifest, AssetOptions, AssetResult } from './types.ts'

/** What the last run knew about a file. `base` is the mtime (seconds) its forms were given. */
type Known = { stamp: string; hash: string; base: number; forms: { encoding: AssetEncoding; size: number }[] }
type Index = { version: 1; encodings: AssetEncoding[]; files: Record<string, Known> }

type Found = { url: string; source: string; size: number; mtime: number; stamp: string; immutable: boolean }

const indexName = '.postern-assets.json'
/** zlib works in threads of its own and the zstd command takes many files at once: enough for both to have work. */
const parallel = { files: 64, bytes: 32 * 1024 * 1024 }

export async function buildAssets(options: AssetOptions): Promise<AssetResult> {
  const notes: string[] = []
  const encodings = chooseEncodings(options.encodings, notes)
  const before = await readIndex(options.cache, encodings)
  const found = (await Promise.all(options.roots.map((root) => findFiles(root.url, root.dir)))).flat()
  found.sort((a, b) => (a.url < b.url ? -1 : a.url > b.url ? 1 : 0))
  const files: Index['files'] = {}
  const changed: Found[] = []
  for (const file of found) {
    const known = before.files[file.url]
    if (known?.stamp === file.stamp && (await areThere(options.cache, file.url, known)))
      files[file.url] = known
    else changed.push(file)
  }
  let done = 0
  let written = 0
  const twins: Twins = new Map()
  // The largest first: the last of them would be alone at the end.
  changed.sort((a, b) => b.size - a.size)
  await inParallel(changed, async (file) => {
    const made = await makeForms(file, before.files[file.url], options.cache, encodings, twins)
    files[file.url] = made.known
    written += made.written
    done += 1
    options.progress?.({ done, total: changed.length, file: file.url })
  })
  const removed = await removeGone(options.cache, before.files, files)
  if (changed.length > 0 || removed > 0 || Object.keys(before.files).length === 0) {
    await replaceFile(
      join(options.cache, indexName),
      Buffer.from(JSON.stringify({ version: 1, encodings, files: sorted(files) } satisfies Index)),
    )
  }
  const assets = found.map((file) => toAsset(file, files[file.url] as Known))
  return { manifest: { version: 1, assets, notes } satisfies AssetManifest, written, removed }
}

function chooseEncodings(wanted: AssetEncoding[] | undefined, notes: string[]): AssetEncoding[] {
  if (wanted?.includes('zstd') && !canZstd()) {
    notes.push(
      `zstd was asked for, but Node.js ${process.versions.node} cannot write it (22.15 and later can) and there is no zstd command`,
    )
  }
  const asked = wanted ?? ['br', 'zstd', 'gzip']
  return forms
    .map((form) => form.encoding)
    .filter((name) => asked.includes(name) && (name !== 'zstd' || canZstd()))
}

async function readIndex(cache: string, encodings: AssetEncoding[]): Promise<Index> {
  const none: Index = { version: 1, encodings, files: {} }
  let text: string
  try {
    text = await readFile(join(cache, indexName), 'utf8')
  } catch {
    return none
  }
  try {
    const index = JSON.parse(text) as Index
    if (index.version !== 1) return none
    // Other encodings: everything is made anew, but what lies there is still known, so that it can be removed.
    if (String(index.encodings) === String(encodings)) return index
    for (const known of Object.values(index.files)) known.stamp = ''
    return index
  } catch {
    return none
  }
}

async function findFiles(url: string, dir: string): Promise<Found[]> {
  const immutable = new Set<string>()
  for (const path of manifestPlaces) {
    const text = await readFile(join(dir, path), 'utf8').catch(() => undefined)
    if (text !== undefined) for (const name of namedByManifest({ path, text })) immutable.add(name)
  }
  const isVites = namedByVite(await readFile(join(dir, 'index.html'), 'utf8').catch(() => ''))
  let entries: string[]
  try {
    entries = await readdir(dir, { recursive: true })
  } catch (cause) {
    throw new PosternError('ASSETS_NO_FOLDER', { url, dir }, { cause })
  }
  const found: Found[] = []
  for (const path of entries) {
    const source = join(dir, path)
    // A link that leads nowhere, or a file that went away meanwhile, is none of ours.
    const facts = await stat(source, { bigint: false }).catch(() => undefined)
    if (!facts?.isFile()) continue
    found.push({
      url: url + path,
      source,
      size: facts.size,
      mtime: Math.floor(facts.mtimeMs / 1000),
      stamp: `${facts.size}.${facts.mtimeMs}.${facts.ctimeMs}.${facts.ino}`,
      immutable: immutable.has(path) || looksFingerprinted(path) || isVites(path),
    })
  }
  return found
}

/** Someone may have emptied the folder by hand. */
async function areThere(cache: string, url: string, known: Known): Promise<boolean> {
  for (const form of known.forms) {
    const facts = await stat(join(cache, url) + suffixOf(form.encoding)).catch(() => undefined)
    if (facts?.size !== form.size) return false
  }
  return known.forms.length === 0 || (await stat(join(cache, url)).catch(() => undefined)) !== undefined
}

type Made = { known: Known; written: number }
type Form = { encoding: AssetEncoding; packed: Buffer }
/** Hash → the forms of that content: Django's hashed copies hold the same bytes as the files they were made from. */
type Twins = Map<string, Promise<Form[]>>

async function makeForms(
  file: Found,
  before: Known | undefined,
  cache: string,
  encodings: AssetEncoding[],
  twins: Twins,
): Promise<Made> {
  const bytes = await readFile(file.source)
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  // The same content with another date, as after collectstatic: what was made of it still holds.
  if (before?.hash === hash && before.stamp !== '' && (await areThere(cache, file.url, before))) {
    return { known: { ...before, stamp: file.stamp }, written: 0 }
  }
  const known: Known = { stamp: file.stamp, hash, base: baseTime(file, hash, before), forms: [] }
  if (!isCompressible(file.url, bytes.length)) return { known, written: 0 }
  const packed = await packOnce(bytes, hash, encodings, twins)
  const target = join(cache, file.url)
  for (const { encoding, packed: content } of packed) {
    const { suffix, mtimeShift } = formOf(encoding)
    await replaceFile(target + suffix, content, known.base - mtimeShift)
    known.forms.push({ encoding, size: content.length })
  }
  if (packed.length === 0) return { known, written: 0 }
  await replaceFile(target, bytes, known.base)
  return { known, written: packed.length + 1 }
}

/** Larger contents are packed each time they are met, so that a run never holds them all. */
const twinLimitBytes = 1024 * 1024

function packOnce(bytes: Buffer, hash: string, encodings: AssetEncoding[], twins: Twins): Promise<Form[]> {
  const packed = twins.get(hash) ?? pack(bytes, encodings)
  if (bytes.length <= twinLimitBytes) twins.set(hash, packed)
  return packed
}

async function pack(bytes: Buffer, encodings: AssetEncoding[]): Promise<Form[]> {
  const packed = await Promise.all(
    encodings.map(async (encoding): Promise<Form> => ({ encoding, packed: await compress(bytes, encoding) })),
  )
  return packed.filter((form) => form.packed.length <= bytes.length * 0.95)
}

/** nginx's ETag is mtime and size: new content gets an mtime that no form of the old content had. */
function baseTime(file: Found, hash: string, before: Known | undefined): number {
  if (!before) return file.mtime
  if (before.hash === hash) return before.base
  return Math.abs(file.mtime - before.base) > forms.length ? file.mtime : before.base + forms.length + 1
}

async function removeGone(cache: string, before: Index['files'], now: Index['files']): Promise<number> {
  let removed = 0
  for (const [url, old] of Object.entries(before)) {
    const kept = new Set(now[url]?.forms.map((form) => form.encoding) ?? [])
    const gone = old.forms.filter((form) => !kept.has(form.encoding))
    for (const form of gone) removed += await removeFile(join(cache, url) + suffixOf(form.encoding))
    if (old.forms.length > 0 && kept.size === 0) removed += await removeFile(join(cache, url))
  }
  return removed
}

async function removeFile(path: string): Promise<number> {
  await rm(path, { force: true })
  return 1
}

const formOf = (encoding: AssetEncoding): (typeof forms)[number] =>
  forms.find((form) => form.encoding === encoding) as (typeof forms)[number]

const suffixOf = (encoding: AssetEncoding): string => formOf(encoding).suffix

/** Whole or not at all: nginx may be serving the old file. */
async function replaceFile(path: string, bytes: Buffer, mtime?: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const fresh = `${path}.${process.pid}.new`
  await writeFile(fresh, bytes)
  if (mtime !== undefined) await utimes(fresh, mtime, mtime)
  await rename(fresh, path)
}

/** Many at once, as long as they are not too large together; one is never too large. */
function inParallel(files: Found[], work: (file: Found) => Promise<void>): Promise<void> {
  let next = 0
  let running = 0
  let bytes = 0
  return new Promise((done, fail) => {
    const more = (): void => {
      if (next === files.length && running === 0) done()
      for (let file = files[next]; file !== undefined; file = files[next]) {
        if (running === parallel.files || (running > 0 && bytes + file.size > parallel.bytes)) return
        const { size } = file
        next += 1
        running += 1
        bytes += size
        work(file).then(() => {
          running -= 1
          bytes -= size
          more()
        }, fail)
      }
    }
    more()
  })
}

const sorted = <T>(record: Record<string, T>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))

const etag = (mtime: number, size: number): string => `"${mtime.toString(16)}-${size.toString(16)}"`

function toAsset(file: Found, known: Known): Asset {
  return {
    url: file.url,
    source: file.source,
    size: file.size,
    hash: known.hash,
    etag: etag(known.forms.length > 0 ? known.base : file.mtime, file.size),
    type: typeOf(file.url),
    encodings: forms.flatMap((form) => {
      const made = known.forms.find((one) => one.encoding === form.encoding)
      return made
        ? [{ encoding: form.encoding, size: made.size, etag: etag(known.base - form.mtimeShift, made.size) }]
        : []
    }),
    immutable: file.immutable,
  }
}
