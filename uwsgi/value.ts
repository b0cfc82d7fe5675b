// One value as its option takes it: booleans, numbers, megabytes, addresses. Knows uWSGI's parsing and where it differs
// from what the author meant; every difference is told.

import { PosternError } from '../errors.ts'
import type { Entry, Problem } from './entry.ts'

/** Where a translation tells what it found. */
export type Teller = { problems: Problem[] }

const offWords = /^(false|off|no|0)$/i

export function readBool(entry: Entry, teller: Teller): boolean {
  const text = withoutComment(entry, teller, (kept) =>
    offWords.test(kept) ? `it takes '${entry.value}' for true` : 'it makes no difference here',
  )
  return !offWords.test(text)
}

/** A whole number; `limit` is the largest the gateway takes. */
export function readCount(entry: Entry, teller: Teller, limit = Number.MAX_SAFE_INTEGER): number {
  const text = withoutComment(
    entry,
    teller,
    (kept) => `it reads ${Number.parseInt(kept, 10)} and drops the rest`,
  )
  if (entry.value === undefined) return 1
  if (isWord(text)) {
    const text = `${entry.key} = ${entry.value}: no number, which uWSGI takes for 0`
    tell(teller, entry, 'warning', text, 'write the number')
    return 0
  }
  const number = withoutUnit(entry, teller, text)
  if (!/^\+?\d+$/.test(number)) return badValue(entry, 'a whole number')
  const value = Number(number)
  if (value > limit) return badValue(entry, `at most ${limit}`)
  return value
}

/** `true`, `off` and the like, where a number belongs: such files run. */
const isWord = (text: string): boolean => /^(true|yes|on|false|no|off)$/i.test(text)

/** As readCount, but 0 and more with fractions are fine: durations of postern. */
export function readSeconds(entry: Entry, teller: Teller): number {
  const text = withoutComment(
    entry,
    teller,
    (kept) => `it reads ${Number.parseInt(kept, 10)} and drops the rest`,
  )
  const number = withoutUnit(entry, teller, text)
  if (/^(false|no|off)$/i.test(number)) return 0
  if (!/^\d+(\.\d+)?$/.test(number)) return badValue(entry, 'a number of seconds')
  return Number(number)
}

/** `30s`, `512M`: uWSGI reads the digits and drops the rest, and such files run. */
function withoutUnit(entry: Entry, teller: Teller, text: string): string {
  const [, digits, unit] = /^(\d+)\s*([a-z]{1,7})\.?$/i.exec(text) ?? []
  if (digits === undefined || unit === undefined) return text
  const own = unitOf(entry.key)
  const remedy = own === undefined ? `write ${digits}` : `it is a number of ${own}: write it as one`
  tell(
    teller,
    entry,
    'warning',
    `${entry.key} = ${entry.value}: ${digits} is read, ${unit} is dropped`,
    remedy,
  )
  return digits
}

const unitOf = (key: string): string | undefined => {
  if (/^(evil-)?reload-on-|^limit-as$/.test(key)) return 'MiB'
  if (/^(harakiri|.*-lifetime.*|.*-mercy|.*-timeout|py-auto-?reload)$/.test(key)) return 'seconds'
  return /^(limit-post|buffer-size|log-maxsize|log-big)$/.test(key) ? 'bytes' : undefined
}

export function readText(entry: Entry): string {
  if (entry.value === undefined || entry.value === '') return badValue(entry, 'a value')
  return entry.value
}

/** An octal mode: uWSGI takes exactly three digits, nothing or 1 (which is 666). */
export function readMode(entry: Entry, teller: Teller): string {
  const text = withoutComment(entry, teller, () => 'it stops with an error')
  if (text === '' || text === '1' || offWords.test(text) || /^(true|on|yes)$/i.test(text)) return '666'
  if (/^0[0-7]{3}$/.test(text)) {
    tell(
      teller,
      entry,
      'note',
      `${entry.key} = ${text}: uWSGI takes three digits only`,
      `write ${text.slice(1)}`,
    )
    return text.slice(1)
  }
  if (!/^[0-7]{3}$/.test(text)) return badValue(entry, 'three octal digits, such as 660')
  return text
}

/** A listening address; a number alone would be a file name to uWSGI. */
export function readAddress(entry: Entry): string {
  const text = readText(entry)
    .replace(/^(.*):\s+(\d+)$/, '$1:$2')
    .trim()
  if (/^\d+$/.test(text)) {
    throw new PosternError(
      'UWSGI_BAD_VALUE',
      {
        name: entry.key,
        value: text,
        expected: 'an address: without a colon uWSGI makes a Unix socket file of that name',
        remedy: `write :${text} for the port`,
      },
      { place: entry.place },
    )
  }
  const [, host, port] = /^([^/]*):(\d+)$/.exec(text) ?? []
  if (port !== undefined && Number(port) > 65_535) return badValue(entry, 'a port up to 65535')
  if (host === '*') return `:${port}`
  return text
}

export const isPort = (address: string): boolean => !address.startsWith('/') && /:\d+$/.test(address)

export function badValue(entry: Entry, expected: string, remedy?: string): never {
  throw new PosternError(
    'UWSGI_BAD_VALUE',
    { name: entry.key, value: entry.value ?? '', expected, ...(remedy ? { remedy } : {}) },
    { place: entry.place },
  )
}

export function tell(
  teller: Teller,
  entry: Entry,
  severity: Problem['severity'],
  text: string,
  remedy?: string,
): void {
  const facts = remedy === undefined ? { text } : { text, remedy }
  teller.problems.push({ severity, error: new PosternError('UWSGI_NOTE', facts, { place: entry.place }) })
}

/** Cuts ` ; …` and ` # …`, which everybody means as a comment and uWSGI takes as part of the value. */
function withoutComment(entry: Entry, teller: Teller, inUwsgi: (kept: string) => string): string {
  const value = (entry.value ?? '').trim()
  const [, kept, comment] = /^(.*?)\s*((?:\s|^)[;#].*)$/.exec(value) ?? []
  if (kept === undefined || comment === undefined) return value
  const error = new PosternError(
    'UWSGI_INLINE_COMMENT',
    { name: entry.key, comment: comment.trim(), uwsgi: inUwsgi(kept) },
    { place: entry.place },
  )
  const harmless = !inUwsgi(kept).includes('for true')
  teller.problems.push({ severity: harmless ? 'note' : 'warning', error })
  return kept
}
