// The vocabulary of fates: what postern does with an option of uWSGI. The tables in fates/ are written in these words.

import type { GatewayOptions } from '../gateway/options.ts'
import type { Draft } from './draft.ts'
import type { Entry } from './entry.ts'
import { readAddress, readBool, readCount, readMode, readSeconds, readText } from './value.ts'

export type FateKind =
  /** An option of the gateway does it. */
  | 'honoured'
  /** Done in another way than uWSGI does it. */
  | 'translated'
  /** nginx does it: in the generated site, and by the gateway itself where it listens for browsers. */
  | 'nginx'
  /** What it asks for holds here without it. */
  | 'always on'
  /** Accepted without effect, for a reason. */
  | 'no effect'
  /** Steers the reading of the configuration. */
  | 'reader'
  /** Not supported; postern starts without it and says so. */
  | 'unsupported'
  /** Not supported, and the application would not be what it was: postern does not start. */
  | 'refused'

export type Fate = {
  kind: FateKind
  /** One line for docs/uwsgi-options.md and the migration report. */
  doc: string
  /** What to do instead, for what is not supported. */
  instead?: string
  option?: keyof GatewayOptions
  take?: (entry: Entry, draft: Draft) => void
}

type Option = keyof GatewayOptions

const set = (draft: Draft, option: Option, value: unknown, entry: Entry): void => {
  ;(draft.gateway as Record<string, unknown>)[option] = value
  draft.places.set(option, entry)
}

/** Sets an option of the gateway from a fate. */
export const setOption = set

export const addToOption = (draft: Draft, option: Option, value: unknown, entry: Entry): void =>
  set(draft, option, [...((draft.gateway as Record<string, unknown[]>)[option] ?? []), value], entry)

const honoured =
  (read: (entry: Entry, draft: Draft) => unknown) =>
  (option: Option, doc = ''): Fate => ({
    kind: 'honoured',
    doc,
    option,
    take: (entry, draft) => set(draft, option, read(entry, draft), entry),
  })

export const flag = honoured(readBool)
export const count = honoured((entry, draft) => readCount(entry, draft))
export const seconds = honoured(readSeconds)
export const text = honoured((entry) => readText(entry))
export const mode = honoured(readMode)
export const address = honoured((entry) => readAddress(entry))

export const list = (option: Option, doc = ''): Fate => ({
  kind: 'honoured',
  doc,
  option,
  take: (entry, draft) => addToOption(draft, option, readText(entry), entry),
})

export const translated = (doc: string, take: NonNullable<Fate['take']>, option?: Option): Fate => ({
  kind: 'translated',
  doc,
  take,
  ...(option ? { option } : {}),
})

export const nginx = (doc: string, take: NonNullable<Fate['take']>): Fate => ({ kind: 'nginx', doc, take })
export const alwaysOn = (doc: string): Fate => ({ kind: 'always on', doc })
export const noEffect = (doc: string): Fate => ({ kind: 'no effect', doc })
export const reader = (doc: string, take?: NonNullable<Fate['take']>): Fate => ({
  kind: 'reader',
  doc,
  ...(take ? { take } : {}),
})
export const unsupported = (doc: string, instead?: string): Fate => ({
  kind: 'unsupported',
  doc,
  ...(instead ? { instead } : {}),
})
export const refused = (doc: string, instead?: string): Fate => ({
  kind: 'refused',
  doc,
  ...(instead ? { instead } : {}),
})
