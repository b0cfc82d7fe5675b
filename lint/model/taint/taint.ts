// What is known of a text that a configuration handles: its characters, whether the client chooses it, the very texts
// where they are few. How such knowledge adds up; not where it comes from.

import { type Chars, charsOf, NONE } from '../chars.ts'

export type Taint = {
  chars: Chars
  /** The client can choose it (within `chars`). */
  client: boolean
  /** The texts it can be, when that is known. */
  texts?: string[]
  /** What of `chars` the client chooses; without it, all of them when it is a client's. */
  free?: Chars
  /** Fixed text stands beside what the client chooses. */
  part?: true
  /** It begins with a slash. */
  slash?: true
  /** Where nothing defines it. */
  unknown?: true
}

/** The server's own, and harmless. */
export const SERVER: Taint = { chars: NONE, client: false }

/** One of these texts, whatever the client does. */
export const fixed = (texts: string[]): Taint => ({ chars: charsOf(texts.join('')), client: false, texts })

/** The characters that the client may put into it. */
export const freeOf = (taint: Taint): Chars => taint.free ?? (taint.client ? taint.chars : NONE)

/** One of several. */
export function join(all: Taint[]): Taint {
  const chars = all.reduce((set, one) => set | one.chars, NONE)
  const client = all.some((one) => one.client)
  const free = all.reduce((set, one) => set | freeOf(one), NONE)
  const shape = {
    ...(all.length > 0 && all.every((one) => one.slash || one.texts?.every((text) => text.startsWith('/')))
      ? { slash: true as const }
      : {}),
    ...(all.every((one) => !one.client || one.part) ? { part: true as const } : {}),
  }
  if (all.every((one) => one.texts !== undefined))
    return { chars, client, free, texts: all.flatMap((one) => one.texts ?? []) }
  return all.length > 0 && all.every((one) => one.unknown)
    ? { chars, client, unknown: true }
    : { chars, client, free, ...shape }
}
