// Where the text of a `*_by_lua_block` ends: braces are counted as Lua sees them, outside strings, long brackets and comments.

export const isLuaBlock = (name: string): boolean => name.endsWith('_by_lua_block')

const LONG_BRACKET = /\[(=*)\[/y

/** The offset of the `}` that closes the block whose text begins at `from`, or the end of the text. */
export function skipLuaBody(text: string, from: number): number {
  let depth = 1
  let at = from
  while (at < text.length) {
    const char = text[at]
    if (char === '{') depth++
    else if (char === '}') {
      depth--
      if (depth === 0) return at
    } else if (char === '"' || char === "'") {
      at = skipString(text, at)
      continue
    } else if (char === '[') {
      const end = skipLong(text, at)
      if (end !== undefined) {
        at = end
        continue
      }
    } else if (char === '-' && text[at + 1] === '-') {
      const line = text.indexOf('\n', at)
      at = skipLong(text, at + 2) ?? (line === -1 ? text.length : line)
      continue
    }
    at++
  }
  return text.length
}

/** A quoted string ends at its quote, or at the end of its line where it is broken. */
function skipString(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote) return at + 1
    else if (text[at] === '\n') return at
  }
  return text.length
}

function skipLong(text: string, start: number): number | undefined {
  LONG_BRACKET.lastIndex = start
  const open = LONG_BRACKET.exec(text)
  if (open === null) return undefined
  const close = `]${open[1]}]`
  const end = text.indexOf(close, start + open[0].length)
  return end === -1 ? text.length : end + close.length
}
