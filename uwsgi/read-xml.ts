// XML configurations of uWSGI: `<uwsgi><socket>:3031</socket><master/></uwsgi>` -> keys and values, with places.
// Knows no option. External entities are never followed: the parser has none.

import { createRequire } from 'node:module'
import type { XmlElement } from '@rgrove/parse-xml'
import { PosternError } from '../errors.ts'
import type { Pair, SectionsOf } from './read-ini.ts'

/** Few have such a file: the parser is loaded when one is read. */
const library = (): typeof import('@rgrove/parse-xml') => createRequire(import.meta.url)('@rgrove/parse-xml')

/** The root is `<uwsgi>`, or holds several that are told apart by `id`; without one asked for, the first. */
export function readXml(text: string, file: string, section: string): SectionsOf {
  const { parseXml, XmlElement, XmlError } = library()
  const elementsOf = (node: XmlElement) =>
    node.children.filter((child): child is XmlElement => child instanceof XmlElement)
  const placeAt = (offset: number): Pair['place'] => {
    const before = text.slice(0, offset).split('\n')
    return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 }
  }
  let root: XmlElement | null
  try {
    root = parseXml(text.replace(/^\uFEFF/, ' ').trimStart(), { includeOffsets: true }).root
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause
    const [problem = ''] = cause.message.split('\n')
    throw new PosternError(
      'UWSGI_FILE_SYNTAX',
      { format: 'XML', problem: problem.replace(/ \(line \d+, column \d+\)$/, '') },
      { place: { file, line: cause.line, column: cause.column }, cause },
    )
  }
  const shift = text.length - text.replace(/^\uFEFF/, ' ').trimStart().length
  const isOwn = (node: XmlElement): boolean => node.name === 'uwsgi'
  const all = root === null ? [] : isOwn(root) ? [root] : elementsOf(root).filter(isOwn)
  const idOf = ({ attributes }: XmlElement): string => attributes.id ?? ''
  const found = section === 'uwsgi' ? all[0] : all.find((node) => idOf(node) === section)
  const sections = [...(all.length > 0 ? ['uwsgi'] : []), ...all.map(idOf).filter(Boolean)]
  const pairs = (found ? elementsOf(found) : []).map((node): Pair => {
    const value = elementsOf(node).length > 0 ? '' : node.text.trim()
    return { key: node.name, value: value || '1', place: placeAt(node.start + shift) }
  })
  return { sections, pairs, oddHeads: [], early: [] }
}
