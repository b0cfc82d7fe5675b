// What is said beside nginx's own words: the name that was meant, the version that knows it, the place it belongs in.
import { closest, distance } from 'fastest-levenshtein'
import { allDirectiveNames, availability, minorVersion } from '../directives.ts'
import { type Form, placesOf } from '../form.ts'

/** Looking for the name that was meant is slow; a file of nothing but unknown names gets no more of it. */
export const SUGGESTION_LIMIT = 20
const SUGGESTED_LENGTH_LIMIT = 40
let everyName: string[] | undefined

export function unknownHint(name: string, versions: readonly string[], suggest: boolean): string | undefined {
  if (/^\d+(?:,\d*)?\}/.test(name))
    return 'a "{" ends a word without quotes: put the pattern before it in quotes'
  const known = availability(name)
  if (known.length > 0) {
    const list = [...new Set(known.flatMap((one) => one.versions))].sort()
    const [first] = list
    const target = versions.at(-1) as string
    return first !== undefined && minorVersion(first) > minorVersion(target)
      ? `nginx ${target} does not know it; nginx ${first} does`
      : `nginx ${target} does not know it any more; nginx ${list.at(-1)} did`
  }
  if (!suggest || name.length < 4 || name.length > SUGGESTED_LENGTH_LIMIT) return undefined
  everyName ??= [...new Set(allDirectiveNames())]
  const near = closest(name, everyName)
  return distance(name, near) <= (name.length < 5 ? 1 : Math.max(2, Math.floor(name.length / 5)))
    ? `did you mean "${near}"?`
    : undefined
}

export function placesHint(forms: readonly Form[]): string | undefined {
  const places = [...new Set(forms.flatMap(placesOf))]
  return places.length === 0 ? undefined : `it belongs in ${places.join(', ')}`
}
