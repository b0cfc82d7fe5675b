// The ini files of uWSGI: text of a file, one section -> its keys and values, with places. Knows no option.
// Comments only at the start of a line, no continuation lines, no quotes: everything after the first `=` is the value.

import type { Place } from '../errors.ts'

export type Pair = { key: string; value: string; place: Place }
/** `early`: lines before the first section head, which uWSGI drops without a word. */
export type SectionsOf = { sections: string[]; pairs: Pair[]; oddHeads: Place[]; early: Pair[] }

/** All pairs of one section. `sections` names every section there is, for messages. */
export function readIni(text: string, file: string, section: string): SectionsOf {
  const result: SectionsOf = { sections: [], pairs: [], oddHeads: [], early: [] }
  let current: string | undefined
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
    } else if (current === undefined) {
      result.early.push({ ...splitLine(line), place })
    } else if (current === section) {
      result.pairs.push({ ...splitLine(line), place })
    }
  }
  return result
}

function splitLine(line: string): { key: string; value: string } {
  const equals = line.indexOf('=')
  return {
    key: (equals < 0 ? line : line.slice(0, equals)).trimEnd(),
    value: equals < 0 ? '' : line.slice(equals + 1).replace(/^[ \t\r]+/, ''),
  }
}

/** uWSGI cuts the last character blindly; `[uwsgi] ; comment` is what everybody means by it. */
function sectionName(line: string): string {
  const close = line.indexOf(']')
  return close < 0 ? line.slice(1) : line.slice(1, close)
}
