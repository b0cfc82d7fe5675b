// Chooses among the forms of a static file by quality values. nginx's own maps answer the requests without weights,
// that is every browser's; this is for the rest. Knows the map entry's format, not nginx.
// Entry: `<forms>.<i or r>`: forms are letters in the server's order of preference (b br, z zstd, g gzip), may be empty.
import { codingWeight, parseWeighted } from './quality.ts'

function codingOf(letter: string): string {
  return letter === 'b' ? 'br' : letter === 'g' ? 'gzip' : 'zstd'
}

function suffixOf(letter: string): string {
  return letter === 'b' ? '.br' : letter === 'g' ? '.gz' : '.zst'
}

/** The letter of the best form, '' for identity, undefined when the client refuses everything there is. */
export function chooseForm(forms: string, acceptEncoding: string): string | undefined {
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

function namesIdentity(list: { name: string }[]): boolean {
  for (let i = 0; i < list.length; i++) if (list[i]?.name === 'identity') return true
  return false
}

/** What is put behind the file's name: `.br`, `.zst`, `.gz`, nothing, or `none` (406). */
export function weighEntry(entry: string, acceptEncoding: string): string {
  const form = chooseForm(entry.substring(0, entry.indexOf('.')), acceptEncoding)
  return form === undefined ? 'none' : form === '' ? '' : suffixOf(form)
}
