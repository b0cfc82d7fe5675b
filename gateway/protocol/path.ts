// Paths as bytes: decoding once, nginx's own normal form, and which mount a path is under. Pure.

const hexDigit = new Int8Array(256).fill(-1)
for (let digit = 0; digit < 16; digit++) {
  hexDigit[digit.toString(16).charCodeAt(0)] = digit
  hexDigit[digit.toString(16).toUpperCase().charCodeAt(0)] = digit
}

const SLASH = 0x2f
const DOT = 0x2e
const PERCENT = 0x25

/** Decodes `source[from, to)` into `out` once; a `%` without two digits stays as it is. Returns the length. */
export function decodePath(out: Uint8Array, source: Uint8Array, from: number, to: number): number {
  let length = 0
  for (let at = from; at < to; at++) {
    const byte = source[at] as number
    if (byte === PERCENT && at + 2 < to) {
      const high = hexDigit[source[at + 1] as number] as number
      const low = hexDigit[source[at + 2] as number] as number
      if (high >= 0 && low >= 0) {
        out[length++] = (high << 4) | low
        at += 2
        continue
      }
    }
    out[length++] = byte
  }
  return length
}

/**
 * What nginx makes of a decoded path for `$document_uri`: `//` merged, `.` and `..` resolved. Works in place on
 * `path[0, length)`, returns the new length.
 */
export function normalizePath(path: Uint8Array, length: number): number {
  let end = 0
  let at = 0
  while (at < length) {
    while (at < length && path[at] === SLASH) at++
    let stop = at
    while (stop < length && path[stop] !== SLASH) stop++
    const size = stop - at
    if (size === 1 && path[at] === DOT) {
      if (stop === length) path[end++] = SLASH
    } else if (size === 2 && path[at] === DOT && path[at + 1] === DOT) {
      while (end > 0 && path[--end] !== SLASH);
      if (stop === length) path[end++] = SLASH
    } else {
      path[end++] = SLASH
      path.copyWithin(end, at, stop)
      end += size
    }
    at = stop
  }
  return end
}

export function sameBytes(
  a: Uint8Array,
  aFrom: number,
  aTo: number,
  b: Uint8Array,
  bFrom: number,
  bTo: number,
): boolean {
  if (aTo - aFrom !== bTo - bFrom) return false
  for (let i = aFrom, j = bFrom; i < aTo; i++, j++) if (a[i] !== b[j]) return false
  return true
}

/** Length of `prefix` when the path is under it at a boundary (`/ab` is not under `/a`), else -1. */
export function underPrefix(
  path: Uint8Array,
  from: number,
  to: number,
  prefix: Uint8Array,
  prefixFrom: number,
  prefixTo: number,
): number {
  const length = prefixTo - prefixFrom
  if (to - from < length) return -1
  for (let i = 0; i < length; i++) if (path[from + i] !== prefix[prefixFrom + i]) return -1
  return to - from === length || path[from + length] === SLASH ? length : -1
}

/** Mount prefixes as bytes, longest first, without a trailing slash; `/` (the default application) is no prefix. */
export const mountPrefixes = (mounts: readonly string[]): Buffer[] =>
  mounts
    .map((mount) => Buffer.from(mount.replace(/\/+$/, '')))
    .filter((prefix) => prefix.length > 0)
    .sort((a, b) => b.length - a.length)
