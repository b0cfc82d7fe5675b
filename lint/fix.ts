// Applies edits to a text. Edits that touch each other are not applied together: the later one waits for the next round.

import type { Edit } from './rule.ts'

export function applyEdits(text: string, edits: Edit[]): string {
  const unique = [...new Map(edits.map((edit) => [`${edit.start}:${edit.end}:${edit.text}`, edit])).values()]
  const sorted = unique.sort((a, b) => a.start - b.start || a.end - b.end)
  let out = ''
  let at = 0
  let last = -1
  for (const edit of sorted) {
    if (edit.start < at || edit.start === last) continue
    out += text.slice(at, edit.start) + edit.text
    at = edit.end
    last = edit.start
  }
  return out + text.slice(at)
}
