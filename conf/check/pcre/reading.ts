// A pattern while it is read: where the reader is, what it has met, and how it refuses. Knows no construct.

/** PCRE2 would not compile the pattern: its own words, and where. */
export class Refused extends Error {
  readonly reason: string
  readonly at: number
  constructor(reason: string, at: number) {
    super(reason)
    this.reason = reason
    this.at = at
  }
}

export type Reading = {
  readonly text: string
  at: number
  depth: number
  groups: number
  /** (?J), (?| and conditions change what is an error. */
  lenient: boolean
  readonly names: Set<string>
  /** What the groups are held against when all of them are known. */
  readonly references: { to: number | string; at: number }[]
}

export const begin = (text: string): Reading => ({
  text,
  at: 0,
  depth: 0,
  groups: 0,
  lenient: /\(\?(?:[a-zA-Z]*J|\||\()/.test(text),
  names: new Set(),
  references: [],
})
