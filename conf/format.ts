// One way to lay out a configuration: four spaces a level, one directive a line, comments where they were.
// Changes white space only: words keep their quotes and their order, so the tree stays the same. Wants a text without faults.
import type { ConfFile, Directive, Node, Word } from './node.ts'
import { parse } from './parse.ts'
import { holdsEntries } from './walk.ts'

const INDENT = '    '
/** A key longer than this does not push the values of its neighbours to the right. */
export const ALIGN_LIMIT = 48

export function format(file: ConfFile): string {
  const out: string[] = []
  formatNodes(file.children, 0, false, out)
  const text = out.join('')
  return text === '' ? '' : `${text}\n`
}

/** Whether two texts say the same to nginx and keep the same comments, in the same order. */
export function sameTree(a: ConfFile, b: ConfFile): boolean {
  return JSON.stringify(meaning(a.children)) === JSON.stringify(meaning(b.children))
}

/** Formats a text; undefined when it has faults, which have to be mended first. */
export function formatText(text: string, path?: string): string | undefined {
  const file = parse(text, path === undefined ? {} : { path })
  return file.problems.length > 0 ? undefined : format(file)
}

function formatNodes(nodes: readonly Node[], depth: number, entries: boolean, out: string[]): void {
  const columns = alignment(nodes, entries)
  nodes.forEach((node, index) => {
    const lead = node.kind === 'comment' ? node.trivia : node.name.trivia
    const breaks = lead.split('\n').length - 1
    const first = index === 0
    if (node.kind === 'comment' && breaks === 0 && !(first && depth === 0)) {
      out.push(' ', trimEnd(node.text))
      return
    }
    if (!(first && depth === 0)) out.push('\n')
    if (breaks > 1 && !first) out.push('\n')
    const pad = INDENT.repeat(depth)
    out.push(pad)
    if (node.kind === 'comment') out.push(trimEnd(node.text))
    else formatDirective(node, depth, columns.get(node), out)
  })
}

function formatDirective(
  directive: Directive,
  depth: number,
  column: number | undefined,
  out: string[],
): void {
  const pad = INDENT.repeat(depth)
  out.push(directive.name.raw)
  let width = directive.name.raw.length
  directive.args.forEach((arg, index) => {
    if (column !== undefined && index === valueIndex(directive)) out.push(' '.repeat(column - width))
    else formatGap(arg.trivia, pad + INDENT, out)
    out.push(arg.raw)
    width += 1 + arg.raw.length
  })
  if (directive.endTrivia.includes('#')) formatGap(directive.endTrivia, pad, out)
  if (directive.block === undefined) {
    out.push(';')
    return
  }
  if (!/\s$/.test(out.at(-1) ?? '')) out.push(' ')
  out.push('{')
  const { rawBody, children } = directive.block
  if (rawBody !== undefined) out.push(rawBody)
  else if (children.length > 0) {
    formatNodes(children, depth + 1, holdsEntries(directive.name.value), out)
    out.push('\n', pad)
  }
  out.push('}')
}

/** What stands between two words: one space, nothing, or line breaks and comments that were there. */
function formatGap(trivia: string, pad: string, out: string[]): void {
  if (trivia === '') return
  if (!trivia.includes('\n')) {
    out.push(' ')
    return
  }
  for (const comment of commentsIn(trivia)) out.push(comment.ownLine ? `\n${pad}` : ' ', comment.text)
  out.push('\n', pad)
}

export type TriviaComment = { text: string; ownLine: boolean }

/** The comments of a piece of trivia, without their line ends. */
export function commentsIn(trivia: string): TriviaComment[] {
  if (!trivia.includes('#')) return []
  return trivia.split('\n').flatMap((line, index) => {
    const at = line.indexOf('#')
    return at === -1 ? [] : [{ text: trimEnd(line.slice(at)), ownLine: index > 0 }]
  })
}

const trimEnd = (text: string): string => text.replace(/[ \t\r]+$/, '')

/** Which word is put in a column: a map's value, the value of a `…_param`. */
const valueIndex = (directive: Directive): number => (/_param$/.test(directive.name.raw) ? 1 : 0)

/** The column of the value for every directive of a run: neighbours on lines of their own, no blank line between. */
function alignment(nodes: readonly Node[], entries: boolean): Map<Node, number> {
  const columns = new Map<Node, number>()
  let run: Directive[] = []
  const finish = (): void => {
    const widths = run.map(keyWidth).filter((width) => width <= ALIGN_LIMIT)
    const column = Math.max(0, ...widths) + 1
    for (const directive of run) if (keyWidth(directive) < column) columns.set(directive, column)
    run = []
  }
  for (const node of nodes) {
    const lead = node.kind === 'comment' ? node.trivia : node.name.trivia
    if (lead.split('\n').length > 2) finish()
    if (node.kind === 'comment') {
      if (lead.includes('\n')) finish()
      continue
    }
    const alignable = entries ? node.args.length > 0 : /_param$/.test(node.name.raw) && node.args.length > 1
    if (!alignable || node.block !== undefined || keyed(node).some((word) => word.trivia.includes('\n'))) {
      finish()
      continue
    }
    if (run.length > 0 && run[0]!.name.raw !== node.name.raw && !entries) finish()
    run.push(node)
  }
  finish()
  return columns
}

const keyed = (directive: Directive): Word[] => directive.args.slice(0, valueIndex(directive) + 1)

const keyWidth = (directive: Directive): number =>
  [directive.name, ...directive.args.slice(0, valueIndex(directive))].reduce(
    (sum, word) => sum + 1 + word.raw.length,
    -1,
  )

type Meaning = string | [string, string[], string[], string | undefined, Meaning[] | undefined]

function meaning(nodes: readonly Node[]): Meaning[] {
  return nodes.map((node) => {
    if (node.kind === 'comment') return trimEnd(node.text)
    const comments = [...node.args.map((arg) => arg.trivia), node.endTrivia].flatMap((trivia) =>
      commentsIn(trivia).map(({ text }) => text),
    )
    const words = node.args.map((arg) => arg.raw)
    return [node.name.raw, words, comments, node.block?.rawBody, node.block && meaning(node.block.children)]
  })
}
