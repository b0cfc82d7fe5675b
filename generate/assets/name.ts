// Which names carry a fingerprint of their content, so that they may be cached for ever. Pure.

const hex = /[.-](?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{8,64}\.[A-Za-z0-9.]+$/
/** esbuild writes eight characters of base32. */
const base32 = /-(?=[A-Z]*[2-7])[A-Z2-7]{8}\.[a-z0-9.]+$/

/** A pattern alone decides: eight or more hex digits with both letters and digits (a date has no letters). */
export function looksFingerprinted(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return hex.test(name) || base32.test(name)
}

type Known = { path: string; text: string }

/** Manifests by their place below a root; the build reads those that exist. */
export const manifestPlaces = [
  'staticfiles.json',
  '.vite/manifest.json',
  'manifest.json',
  'asset-manifest.json',
]

/** The fingerprinted files a manifest names. What is not a manifest of a known kind names none. */
export function namedByManifest({ path, text }: Known): string[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return []
  }
  if (!isRecord(value)) return []
  if (path === 'staticfiles.json') return djangoNames(value)
  if (path.endsWith('asset-manifest.json')) return isRecord(value.files) ? webpackNames(value.files) : []
  return viteNames(value)
}

/** Vite's default hash: eight characters of base64url. A capital after the first and a digit: no word looks so. */
const viteHash = /-(?=[A-Za-z0-9_-]*\d)[A-Za-z0-9_-](?=[A-Za-z0-9_-]*[A-Z])[A-Za-z0-9_-]{7}\.[A-Za-z0-9.]+$/

/**
 * Vite writes no manifest unless it is told to; its index.html says as much. The files it loads with `crossorigin` are
 * hashed, and so is in their folder whatever has such a hash (a copied file of public/ has not).
 */
export function namedByVite(html: string): (path: string) => boolean {
  const names = new Set<string>()
  const folders = new Set<string>()
  for (const [tag] of html.matchAll(/<(?:script|link)\b[^>]{0,1000}\bcrossorigin\b[^>]{0,1000}>/g)) {
    const found = /\b(?:src|href)="(?:[^"?#]*\/)?([\w.-]+)\/([\w.-]+-[\w-]{8}\.(?:js|css))"/.exec(tag)
    if (!found) continue
    names.add(`${found[1]}/${found[2]}`)
    folders.add(found[1] as string)
  }
  return (path) => {
    const [folder = '', ...rest] = path.split('/')
    return names.has(path) || (folders.has(folder) && viteHash.test(rest.at(-1) ?? ''))
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Django's ManifestStaticFilesStorage: original → hashed. An entry mapped to itself is not hashed. */
function djangoNames(value: Record<string, unknown>): string[] {
  if (!isRecord(value.paths)) return []
  return Object.entries(value.paths).flatMap(([from, to]) =>
    typeof to === 'string' && to !== from ? [to] : [],
  )
}

/** Create React App and friends: logical name → URL; only the ones that look hashed. */
function webpackNames(files: Record<string, unknown>): string[] {
  return Object.values(files).flatMap((to) =>
    typeof to === 'string' && looksFingerprinted(to) ? [to.replace(/^\/+/, '')] : [],
  )
}

/** Vite: source → { file, css, assets }. Vite hashes every file it names, unless told otherwise: `-` and 8 characters. */
function viteNames(value: Record<string, unknown>): string[] {
  return Object.values(value)
    .filter(isRecord)
    .flatMap((chunk) => [chunk.file, ...list(chunk.css), ...list(chunk.assets)])
    .filter(
      (name): name is string => typeof name === 'string' && /[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(name),
    )
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
