// Every error postern makes on purpose: one code each, the facts it carries, who is to blame, what to do.
// The tables live in errors/<area>.ts; this file joins them and knows nothing else. Imports nothing outside errors/.

import { cliErrors } from './errors/cli.ts'
import { confErrors } from './errors/conf.ts'
import { configErrors } from './errors/config.ts'
import { gatewayErrors } from './errors/gateway.ts'
import { generateErrors } from './errors/generate.ts'
import { lintErrors } from './errors/lint.ts'
import { listenErrors } from './errors/listen.ts'
import { protocolErrors } from './errors/protocol.ts'
import type { Blame, ErrorEntry, Place } from './errors/table.ts'
import { upErrors } from './errors/up.ts'
import { uwsgiErrors } from './errors/uwsgi.ts'

export type { Blame, ErrorEntry, Place } from './errors/table.ts'

export const errorTable = {
  ...cliErrors,
  ...confErrors,
  ...configErrors,
  ...gatewayErrors,
  ...generateErrors,
  ...lintErrors,
  ...listenErrors,
  ...protocolErrors,
  ...upErrors,
  ...uwsgiErrors,
}

export type ErrorCode = keyof typeof errorTable
export type FactsOf<C extends ErrorCode> = Parameters<(typeof errorTable)[C]['text']>[0]

/** A deliberate error. `text` says what was found and expected; `hint` says what to do; `place` says where. */
export class PosternError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C
  readonly facts: FactsOf<C>
  readonly place: Place | undefined

  constructor(code: C, facts: FactsOf<C>, options: { cause?: unknown; place?: Place } = {}) {
    const entry: ErrorEntry = errorTable[code]
    super(entry.text(facts), options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'PosternError'
    this.code = code
    this.facts = facts
    this.place = options.place
  }

  get entry(): ErrorEntry {
    return errorTable[this.code]
  }

  get blame(): Blame {
    return this.entry.blame
  }

  /** The HTTP status that answers a request which failed so; 500 unless the table says otherwise. */
  get status(): number {
    return this.entry.status ?? 500
  }

  /** The exit code of a command that ends so. */
  get exitCode(): number {
    return this.entry.exit ?? (this.blame === 'operator' ? 2 : 70)
  }

  get hint(): string | undefined {
    return this.entry.hint?.(this.facts)
  }
}
