// The shape of the error tables. Knows no codes.

/** Who has to act: it decides the HTTP status, the exit code and how loud the log is. */
export type Blame = 'operator' | 'peer' | 'app' | 'postern'

/** Where in a file something was found; line and column count from 1. */
export type Place = { file: string; line?: number; column?: number }

export type ErrorEntry = {
  blame: Blame
  /** HTTP status for an error that answers a request. */
  status?: number
  /** Exit code, where it differs from the blame's own (operator 2, anything else 70). */
  exit?: number
  // biome-ignore lint/suspicious/noExplicitAny: each entry narrows its own facts; PosternError checks them by FactsOf
  text: (facts: any) => string
  /** Its text is in the answer, too; otherwise only a peer's own faults are. */
  isPublic?: true
  /** What the reader should do next. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  hint?: (facts: any) => string
}

/** Keeps each entry's own type of facts while checking its shape. */
export const table = <T extends Record<string, ErrorEntry>>(entries: T): T => entries
