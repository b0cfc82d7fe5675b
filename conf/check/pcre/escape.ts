// What follows a backslash outside a set: refused escapes, references, code points, properties.

import { type Reading, Refused } from './reading.ts'

/** Reads one escape; gives whether a quantifier may follow. */
export function readEscape(reading: Reading, repeatable: boolean): boolean {
  const text = reading.text
  const char = text[reading.at + 1]
  if (char === undefined) throw new Refused('\\ at end of pattern', text.length)
  reading.at += 2
  if (char === 'Q') {
    const end = text.indexOf('\\E', reading.at)
    const empty = end === reading.at
    reading.at = end === -1 ? text.length : end + 2
    return empty ? repeatable : true
  }
  if (char === 'E') return repeatable
  if (/[LlUu]/.test(char))
    throw new Refused('PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u', reading.at - 1)
  if (/[ijmqyFIJMOTY]/.test(char)) throw new Refused('unrecognized character follows \\', reading.at - 1)
  if (/[1-9]/.test(char)) return readBackReference(reading)
  if (char === 'k' || char === 'g') return readNamedReference(reading, char)
  if (char === 'c' && text[reading.at] === undefined) throw new Refused('\\c at end of pattern', text.length)
  if (char === 'c') reading.at++
  if (char === 'x' && text[reading.at] === '{') checkHex(reading)
  if (char === 'p' || char === 'P') checkProperty(reading)
  if (/[xopPN]/.test(char) && text[reading.at] === '{') {
    const end = text.indexOf('}', reading.at)
    if (end !== -1) reading.at = end + 1
  }
  return !/[bBAZzGK]/.test(char)
}

/** `\pL`, `\p{^Lu}`: properties JavaScript does not know either, and that are no peculiarity of PCRE2, are unknown. */
function checkProperty(reading: Reading): void {
  const found = /^(?:[A-Z]|\{\s*\^?\s*([\w\s&:=-]*)\})/i.exec(
    reading.text.slice(reading.at, reading.at + 100),
  )
  if (found === null) throw new Refused('malformed \\P or \\p sequence', reading.text.length)
  if (/^[a-z]+$/i.test(found[1] ?? '') && !isProperty(found[1] as string))
    throw new Refused('unknown property after \\P or \\p', reading.at + found[0].length)
}

/** `\x{41}`: the digits are there, and all of them are hexadecimal. */
function checkHex(reading: Reading): void {
  const digits = /^\{\s*([0-9a-fA-F]*)\s*(\}?)/.exec(reading.text.slice(reading.at, reading.at + 300))
  if (digits?.[1] === '' && digits[2] === '}')
    throw new Refused('digits missing in \\x{} or \\o{} or \\N{U+}', reading.at + 1)
  if (digits === null || digits[2] === '}') return
  throw new Refused(
    'non-hex character in \\x{} (closing brace missing?)',
    reading.at + 1 + (digits[1] as string).length,
  )
}

function readBackReference(reading: Reading): boolean {
  const digits = /^\d+/.exec(reading.text.slice(reading.at - 1, reading.at + 9))?.[0] as string
  const to = Number(digits)
  // \10 and above are octal where there are not that many groups.
  if (to < 10 || /^[89]/.test(digits)) reading.references.push({ to, at: reading.at - 1 })
  reading.at += digits.length - 1
  return true
}

function readNamedReference(reading: Reading, kind: 'k' | 'g'): boolean {
  const found = /^(?:\{([^}]*)\}|<([^>]*)>|'([^']*)'|(-?\+?\d+))/.exec(
    reading.text.slice(reading.at, reading.at + 140),
  )
  if (found === null) return true
  const to = found[1] ?? found[2] ?? found[3] ?? found[4] ?? ''
  reading.at += found[0].length
  if (/^\d+$/.test(to)) reading.references.push({ to: Number(to), at: reading.at - 1 })
  else if (kind === 'k' && /^[A-Za-z_]\w*$/.test(to))
    reading.references.push({ to, at: reading.at - to.length - 1 })
  return true
}

/** Names of scripts and categories; PCRE2 takes them in any case and more of its own. */
function isProperty(name: string): boolean {
  const wanted = `${name[0]?.toUpperCase()}${name.slice(1).toLowerCase()}`
  if (/^(?:any|lc|x[a-z]*|bidi[a-z]*|[a-z]{4,5})$/i.test(name)) return true
  return [wanted, `Script=${wanted}`, name, `Script=${name}`].some((one) => {
    try {
      return new RegExp(`\\p{${one}}`, 'u') !== undefined
    } catch {
      return false
    }
  })
}
