// A header that came before: which may, and what the application gets then. nginx before 1.23 sends each line on its own.

import { PosternError } from '../../../errors.ts'
import { findEntry, keyBytes, readValue, valueEnd, writeLatin1 } from '../marshal.ts'
import { type KnownName, kinds } from '../names.ts'
import { type EnvironDraft, put } from './draft.ts'

/** It is joined with the one before, where that is allowed; true: nothing is left to write. */
export function isRepeated(draft: EnvironDraft, known: KnownName, from: number, to: number): boolean {
  const { kind } = known
  const name = known.bytes.toString('latin1')
  const value = draft.source.toString('latin1', from, to)
  const values = draft.repeated?.get(name)
  if (values !== undefined) {
    values.push(value)
    return true
  }
  const found = findEntry(draft.out, draft.start + 1, draft.at, name)
  if (found < 0) return false
  const valueAt = found + 2 + name.length
  const first = readValue(draft.out, valueAt)
  if (kind === kinds.host || kind === kinds.single) {
    if (first !== value) throw new PosternError('REQUEST_REPEATED', { name })
    return true
  }
  // Joined, it is no id any more.
  if (kind === kinds.givenId) draft.hasRequestId = false
  const next = valueEnd(draft.out, valueAt)
  draft.out.copyWithin(found, next, draft.at)
  draft.at -= next - found
  draft.repeated ??= new Map()
  draft.repeated.set(name, [first, value])
  return true
}

export function writeRepeated(draft: EnvironDraft, repeated: ReadonlyMap<string, string[]>): void {
  for (const [name, values] of repeated) {
    const text = Buffer.from(values.join(name === 'HTTP_COOKIE' ? '; ' : ', '), 'latin1')
    put(draft, keyBytes(name))
    draft.at = writeLatin1(draft.out, draft.at, text, 0, text.length)
  }
}
