// The ini files of uWSGI: text of a file, one section -> its keys and values, with places. Knows no option.
// Comments only at the start of a line, no continuation lines, no quotes: everything after the first `=` is the value.

import type { Place } from '../errors.ts'

export type Pair = { key: string; value: string; place: Place }
export type SectionsOf = { sections: string[]; pairs: Pair[]; oddHeads: Place[] }

/** All pairs of one section. `sections` names every section there is, for messages. */
export function readIni(text: string, file: string, section: string): SectionsOf {
  const result: SectionsOf = { sections: [], pairs: [], oddHeads: [] }
  let current = ''
  for (const [index, whole] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = whole.replace(/^[ \t\r]+|[ \t\r]+$/g, '')
    if (line === '' || line.startsWith(';') || line.startsWith('#')) continue
    const place = { file, line: index + 1, column: whole.indexOf(line) + 1 }
    if (line.startsWith('[')) {
      current = sectionName(line)
      if (!line.endsWith(']')) result.oddHeads.push(place)
      if (!result.sections.includes(current)) result.sections.push(current)
    } else if (current === section) {
      const equals = line.indexOf('=')
      const key = (equals < 0 ? line : line.slice(0, equals)).trimEnd()
      const value = equals < 0 ? '' : line.slice(equals + 1).replace(/^[ \t\r]+/, '')
      result.pairs.push({ key, value, place })
    }
  }
  return result
}

/** uWSGI cuts the last character blindly; `[uwsgi] ; comment` is what everybody means by it. */
function sectionName(line: string): string {
  const close = line.indexOf(']')
  return close < 0 ? line.slice(1) : line.slice(1, close)
}
