// Choice by Accept-Language (RFC 4647 look-up: `de-AT` finds `de`). Pure.
import { parseWeighted } from './quality.ts'

/** The offered language the visitor likes best; the first offered when none fits. `offered` in lower case. */
export function preferredLanguage(acceptLanguage: string, offered: string[]): string {
  const wanted = parseWeighted(acceptLanguage)
  let best = offered[0] as string
  let bestWeight = 0
  for (let i = 0; i < wanted.length; i++) {
    const { name, q } = wanted[i] as { name: string; q: number }
    if (q <= bestWeight) continue
    const found = lookUp(name, offered)
    if (found !== '') {
      best = found
      bestWeight = q
    }
  }
  return best
}

function lookUp(range: string, offered: string[]): string {
  if (range === '*') return offered[0] as string
  let part = range
  while (part !== '') {
    if (offered.indexOf(part) >= 0) return part
    part = part.substring(0, Math.max(0, part.lastIndexOf('-')))
  }
  return ''
}
