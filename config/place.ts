// Where in the text of a site file a key probably stands. A guess is only made when there is one candidate: a wrong
// place is worse than none.

import type { Place } from '../errors.ts'

/** The place of `key` in `text`, when exactly one property (or value) is written so. */
export function placeOf(file: string, text: string, key: string | undefined): Place {
  if (key === undefined || /^\d+$/.test(key)) return { file }
  const escaped = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const found = [...text.matchAll(new RegExp(`(?<=[{,\\s])(['"]?)${escaped}\\1\\s*(?=:)`, 'g'))]
  if (found.length !== 1) return { file }
  const before = text.slice(0, found[0]?.index).split('\n')
  return { file, line: before.length, column: (before.at(-1) as string).length + 1 }
}
