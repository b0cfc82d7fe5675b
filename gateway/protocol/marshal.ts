// Python's marshal format, as far as an environ needs it (docs/wire.md): writing bytes, and finding one variable again.
// Knows nothing of what the names mean.

export const DICT = 0x7b // {
export const DICT_END = 0x30 // 0
export const NAME = 0x5a // Z: short interned ASCII, u8 length
export const SHORT_ASCII = 0x7a // z, u8 length
const ASCII = 0x61 // a, u32 length
const UNICODE = 0x75 // u, u32 length, UTF-8

/** What is the same in every environ, made ready: a key, of at most 255 ASCII characters … */
export const keyBytes = (name: string): Buffer =>
  Buffer.from(`Z${String.fromCharCode(name.length)}${name}`, 'latin1')

/** … and a key with its value. */
export const entryBytes = (name: string, value: string): Buffer =>
  Buffer.concat([keyBytes(name), Buffer.from(`z${String.fromCharCode(value.length)}${value}`, 'latin1')])

/** Writes `source[from, to)` as a str by the latin-1 rule: every byte is the code point of that number. Returns the new position. */
export function writeLatin1(
  out: Uint8Array,
  start: number,
  source: Uint8Array,
  from: number,
  to: number,
): number {
  const length = to - from
  let at = start
  if (length < 256) {
    out[at] = SHORT_ASCII
    out[at + 1] = length
    at += 2
  } else {
    out[at] = ASCII
    writeLength(out, at + 1, length)
    at += 5
  }
  let bits = 0
  for (let i = from; i < to; i++) {
    const byte = source[i] as number
    out[at++] = byte
    bits |= byte
  }
  return bits < 0x80 ? at : writeHighLatin1(out, start, source, from, to)
}

function writeHighLatin1(
  out: Uint8Array,
  start: number,
  source: Uint8Array,
  from: number,
  to: number,
): number {
  let at = start + 5
  for (let i = from; i < to; i++) {
    const byte = source[i] as number
    if (byte < 0x80) out[at++] = byte
    else {
      out[at++] = 0xc0 | (byte >> 6)
      out[at++] = 0x80 | (byte & 0x3f)
    }
  }
  out[start] = UNICODE
  writeLength(out, start + 1, at - start - 5)
  return at
}

function writeLength(out: Uint8Array, at: number, length: number): void {
  out[at] = length & 0xff
  out[at + 1] = (length >>> 8) & 0xff
  out[at + 2] = (length >>> 16) & 0xff
  out[at + 3] = length >>> 24
}

/** Where the value that starts at `at` (its type code) has its bytes, and where the next entry starts. */
export const valueStart = (marshal: Uint8Array, at: number): number =>
  marshal[at] === SHORT_ASCII ? at + 2 : at + 5

export const valueEnd = (marshal: Uint8Array, at: number): number =>
  marshal[at] === SHORT_ASCII
    ? at + 2 + (marshal[at + 1] as number)
    : at +
      5 +
      ((marshal[at + 1] as number) |
        ((marshal[at + 2] as number) << 8) |
        ((marshal[at + 3] as number) << 16) |
        ((marshal[at + 4] as number) << 24))

/** The position of the last entry called `name` between `start` (after the `{`) and `end`, or -1. */
export function findEntry(marshal: Uint8Array, start: number, end: number, name: string): number {
  const length = name.length
  let found = -1
  for (let at = start; at < end && marshal[at] !== DICT_END; ) {
    const keyLength = marshal[at + 1] as number
    if (keyLength === length) {
      let i = 0
      while (i < length && marshal[at + 2 + i] === name.charCodeAt(i)) i++
      if (i === length) found = at
    }
    at = valueEnd(marshal, at + 2 + keyLength)
  }
  return found
}

/** The value that starts at `at`, as the application will see it. */
export const readValue = (marshal: Buffer, at: number): string =>
  marshal.toString(
    marshal[at] === UNICODE ? 'utf8' : 'latin1',
    valueStart(marshal, at),
    valueEnd(marshal, at),
  )

/** How many variables a finished environ has. */
export function countVariables(environ: Buffer): number {
  let count = 0
  for (let at = 1; at < environ.length && environ[at] !== DICT_END; count++) {
    at = valueEnd(environ, at + 2 + (environ[at + 1] as number))
  }
  return count
}

/** One variable of a finished environ. The last one counts, as in the dict that Python makes of it. */
export function readVariable(environ: Buffer, name: string): string | undefined {
  const at = findEntry(environ, 1, environ.length, name)
  return at < 0 ? undefined : readValue(environ, at + 2 + (environ[at + 1] as number))
}
