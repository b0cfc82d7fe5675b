// Patterns of `include`, matched as the C library's glob() does: `*`, `?`, `[…]`, never across `/`, never a leading dot.

export const isGlob = (path: string): boolean => /[*?[]/.test(path)

/** Names of a folder; an unreadable or missing folder has none. */
export type ListFolder = (folder: string) => readonly string[]

/** Paths that match, in byte order. A pattern without magic in a segment keeps it as it is. */
export function expandGlob(pattern: string, list: ListFolder): string[] {
  const absolute = pattern.startsWith('/')
  const segments = pattern.split('/').filter((segment) => segment !== '')
  let found = [absolute ? '/' : '']
  for (const [index, segment] of segments.entries()) {
    const last = index === segments.length - 1
    const next: string[] = []
    const matches = isGlob(segment) || last ? segmentMatcher(segment) : undefined
    for (const folder of found) {
      const prefix = folder === '' || folder.endsWith('/') ? folder : `${folder}/`
      if (matches === undefined) next.push(prefix + segment)
      else for (const name of list(folder === '' ? '.' : folder)) if (matches(name)) next.push(prefix + name)
    }
    found = next
  }
  return found.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function segmentMatcher(segment: string): (name: string) => boolean {
  let source = ''
  for (let at = 0; at < segment.length; at++) {
    const char = segment[at] as string
    if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '[') {
      const end = segment.indexOf(']', at + (/[!^]/.test(segment[at + 1] ?? '') ? 3 : 2))
      if (end === -1) source += '\\['
      else {
        const inside = segment
          .slice(at + 1, end)
          .replace(/\\/g, '\\\\')
          .replace(/^!/, '^')
          .replace(/[[\]]/g, '\\$&')
        source += `[${inside}]`
        at = end
      }
    } else if (char === '\\' && at + 1 < segment.length) source += quoteRegex(segment[++at] as string)
    else source += quoteRegex(char)
  }
  let regex: RegExp
  try {
    regex = new RegExp(`^${source.replace(/(?:\[\^\/\]\*)+/g, '[^/]*')}$`, 's')
  } catch {
    return (name) => name === segment
  }
  const dotted = segment.startsWith('.')
  return (name) => (dotted || !name.startsWith('.')) && regex.test(name)
}

const quoteRegex = (char: string): string => char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
