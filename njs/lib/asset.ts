// Chooses among the forms of a static file that the build made. Knows the map entry's format, not nginx.
// Entry: `<forms>.<i or r>`: forms are letters in the server's order of preference (b br, z zstd, g gzip), may be empty.
import { codingWeight, parseWeighted } from './quality.ts'
import type { AssetRoot, AssetTable } from './table.ts'

export type Choice = {
  /** What alias gets; '' when nothing acceptable exists (406). */
  file: string
  encoding: string
  vary: string
  cache: string
}

function codingOf(letter: string): string {
  return letter === 'b' ? 'br' : letter === 'g' ? 'gzip' : 'zstd'
}

function suffixOf(letter: string): string {
  return letter === 'b' ? '.br' : letter === 'g' ? '.gz' : '.zst'
}

/** The letter of the best form, '' for identity, undefined when the client refuses everything there is. */
export function chooseForm(forms: string, acceptEncoding: string): string | undefined {
  if (acceptEncoding === '') return ''
  if (!/[;*]|identity/i.test(acceptEncoding)) return firstNamed(forms, acceptEncoding.toLowerCase())
  const list = parseWeighted(acceptEncoding)
  const identity = codingWeight(list, 'identity', -1)
  let best = ''
  let bestWeight = 0
  for (let i = 0; i < forms.length; i++) {
    const letter = forms.charAt(i)
    const q = codingWeight(list, codingOf(letter), 0)
    if (q > bestWeight) {
      best = letter
      bestWeight = q
    }
  }
  // Identity is last unless the client puts it first by name: `identity, gzip;q=0.5`.
  if (best !== '' && namesIdentity(list) && identity > bestWeight) return ''
  if (best === '' && identity === 0) return undefined
  return best
}

/** Without weights, as every browser asks: the server's order decides. */
function firstNamed(forms: string, accepted: string): string {
  const names = accepted.split(',')
  for (let i = 0; i < forms.length; i++) {
    const letter = forms.charAt(i)
    const coding = codingOf(letter)
    for (let j = 0; j < names.length; j++) {
      const name = (names[j] as string).trim()
      if (name === coding || (letter === 'g' && name === 'x-gzip')) return letter
    }
  }
  return ''
}

function namesIdentity(list: { name: string }[]): boolean {
  for (let i = 0; i < list.length; i++) if (list[i]?.name === 'identity') return true
  return false
}

function rootOf(table: AssetTable, uri: string): AssetRoot | undefined {
  let best: AssetRoot | undefined
  for (let i = 0; i < table.roots.length; i++) {
    const root = table.roots[i] as AssetRoot
    if (uri.startsWith(root.url) && (best === undefined || root.url.length > best.url.length)) best = root
  }
  return best
}

export function chooseAsset(table: AssetTable, uri: string, entry: string, acceptEncoding: string): Choice {
  const root = rootOf(table, uri)
  const original = root ? root.dir + uri.substring(root.url.length) : uri
  if (entry === '') return { file: original, encoding: '', vary: '', cache: '' }
  const at = entry.indexOf('.')
  const forms = entry.substring(0, at)
  const cache = entry.charAt(at + 1) === 'i' ? table.immutable : table.revalidate
  if (forms === '') return { file: original, encoding: '', vary: '', cache }
  const form = chooseForm(forms, acceptEncoding)
  if (form === undefined) return { file: '', encoding: '', vary: 'Accept-Encoding', cache: '' }
  return {
    file: table.snapshot + uri + (form === '' ? '' : suffixOf(form)),
    encoding: form === '' ? '' : codingOf(form),
    vary: 'Accept-Encoding',
    cache,
  }
}
