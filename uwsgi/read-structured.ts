// YAML and JSON configurations of uWSGI: text, one section -> its keys and values, with places. Knows no option.
// A list gives one pair per item; scalars keep the text that was written (`0660`, `yes`), as uWSGI sees them.

import { createRequire } from 'node:module'
import type { Node, Scalar } from 'yaml'
import { PosternError } from '../errors.ts'
import type { Pair, SectionsOf } from './read-ini.ts'

/** Nine megabytes that a gateway started from an ini file has no use for. */
const yaml = (): typeof import('yaml') => createRequire(import.meta.url)('yaml')

/** All pairs of one section (a top-level mapping) of a YAML file. */
export function readYaml(text: string, file: string, section: string): SectionsOf {
  return readTree(text, file, section, false)
}

/** All pairs of one top-level object of a JSON file. */
export function readJson(text: string, file: string, section: string): SectionsOf {
  try {
    JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (cause) {
    throw new PosternError(
      'UWSGI_FILE_SYNTAX',
      { format: 'JSON', problem: (cause as Error).message },
      { place: { file }, cause },
    )
  }
  return readTree(text, file, section, true)
}

function readTree(text: string, file: string, section: string, json: boolean): SectionsOf {
  const { LineCounter, parseDocument, isMap, isPair } = yaml()
  const counter = new LineCounter()
  const tree = parseDocument(text, {
    lineCounter: counter,
    uniqueKeys: false,
    version: '1.1',
    schema: 'failsafe',
  })
  const placeAt = (offset: number) => {
    const { line, col } = counter.linePos(offset)
    return { file, line, column: col }
  }
  const [wrong] = tree.errors
  // JSON has been checked already: what YAML minds in it (tabs) does not matter.
  if (wrong && !json) {
    throw new PosternError(
      'UWSGI_FILE_SYNTAX',
      {
        format: 'YAML',
        problem: wrong.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '',
      },
      { place: placeAt(wrong.pos[0]) },
    )
  }
  const result: SectionsOf = { sections: [], pairs: [], oddHeads: [], early: [] }
  const top = isMap(tree.contents) ? tree.contents.items : []
  for (const pair of top) {
    const name = textOf(pair.key)
    result.sections.push(name)
    if (name !== section || !isMap(pair.value)) continue
    for (const each of pair.value.items) {
      if (isPair(each))
        result.pairs.push(
          ...pairsOf(textOf(each.key), each.value, json, (node) =>
            placeAt(node?.range?.[0] ?? (each.key as Node).range?.[0] ?? 0),
          ),
        )
    }
  }
  return result
}

function pairsOf(
  key: string,
  value: unknown,
  json: boolean,
  placeOf: (node: Node | undefined) => Pair['place'],
): Pair[] {
  const { isSeq, isMap } = yaml()
  if (isSeq(value)) return value.items.flatMap((item) => pairsOf(key, item, json, placeOf))
  if (isMap(value)) {
    // `env: {A: b}` is no mapping to uWSGI; what is meant is A=b.
    return value.items.map((pair) => ({
      key,
      value: `${textOf(pair.key)}=${scalarOf(pair.value, json)}`,
      place: placeOf(pair.key as Node),
    }))
  }
  return [{ key, value: scalarOf(value, json), place: placeOf(isScalar(value) ? value : undefined) }]
}

const isScalar = (node: unknown): node is Scalar => yaml().isScalar(node)

const textOf = (node: unknown): string => (isScalar(node) ? String(node.value ?? '') : String(node ?? ''))

function scalarOf(node: unknown, json: boolean): string {
  if (!isScalar(node)) return ''
  const text = node.source ?? String(node.value ?? '')
  if (json && node.type === 'PLAIN') {
    if (text === 'true') return '1'
    if (text === 'false' || text === 'null') return '0'
  }
  return typeof node.value === 'string' ? node.value : text
}
