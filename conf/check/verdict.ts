// Everything that keeps nginx from starting, in the order nginx reads: syntax, includes, directives. The first error is the
// one `nginx -t` names.
import type { Conf } from '../include.ts'
import type { ConfFile, Node } from '../node.ts'
import { type CheckOptions, checkConf, type Problem } from './check.ts'

/** All problems of a configuration; behind the first fault of the syntax of a file only syntax is told, for nothing there is where it seems to be. */
export function verdict(conf: Conf, options: CheckOptions = {}): Problem[] {
  const order = readingOrder(conf.main)
  const broken = new Map<string, number>()
  for (const file of conf.files) {
    // A quote that never closes swallows all that follows it, though nginx says so only at the end.
    const offsets = file.problems.map(({ code, span, related }) =>
      code === 'unclosed-quote' ? (related?.[0]?.span ?? span).start.offset : span.start.offset,
    )
    if (offsets.length > 0) broken.set(file.path, Math.min(...offsets))
  }
  const syntax = conf.files.flatMap((file) =>
    file.problems.map<Problem>(({ message, span, expected, related }) => {
      const told = [
        expected === undefined ? undefined : `expected ${expected}`,
        ...(related ?? []).map((one) => `${one.message} (line ${one.span.start.line})`),
      ]
      const hint = told.filter((one) => one !== undefined).join('; ')
      return {
        code: 'syntax',
        severity: 'error',
        message,
        file: file.path,
        span,
        found: { file: file.path, offset: span.start.offset },
        ...(hint === '' ? {} : { hint }),
      }
    }),
  )
  const includes = conf.includeProblems.map<Problem>(({ message, file, span }) => ({
    code: 'include',
    severity: 'error',
    message,
    file,
    span,
    found: { file, offset: span.end.offset },
  }))
  const checked = checkConf(conf, options)
  const all = broken.size === 0 ? checked : checked.filter((problem) => before(problem, [...broken], order))
  return unique([...syntax, ...includes, ...all]).sort((a, b) => compare(keyOf(a, order), keyOf(b, order)))
}

/** The first refusal, which is what nginx says; undefined when it would start. */
export function refusal(conf: Conf, options: CheckOptions = {}): Problem | undefined {
  return verdict(conf, options).find(({ severity }) => severity === 'error')
}

/** Where each file stands: the offsets of the includes that lead to it. */
function readingOrder(main: ConfFile): Map<string, number[]> {
  const order = new Map<string, number[]>([[main.path, []]])
  const visit = (nodes: readonly Node[], key: number[]): void => {
    for (const node of nodes) {
      if (node.kind !== 'directive') continue
      for (const [index, included] of (node.included ?? []).entries()) {
        if (order.has(included.path)) continue
        const inner = [...key, node.stop.offset, index]
        order.set(included.path, inner)
        visit(included.children, inner)
      }
      if (node.block !== undefined) visit(node.block.children, key)
    }
  }
  visit(main.children, [])
  return order
}

/** Told in the order of finding out; what is found at the same moment, in the order of the file. */
const keyOf = ({ found, file, span }: Problem, order: Map<string, number[]>): number[] => [
  ...(order.get(found.file) ?? [Number.POSITIVE_INFINITY]),
  found.offset,
  ...(order.get(file) ?? []),
  span.start.offset,
]

function compare(a: number[], b: number[]): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    if (a[at] !== b[at]) return (a[at] as number) < (b[at] as number) ? -1 : 1
  }
  return a.length - b.length
}

const before = (
  problem: Problem,
  broken: [file: string, offset: number][],
  order: Map<string, number[]>,
): boolean =>
  broken.every(([file, offset]) => compare(keyOf(problem, order), [...(order.get(file) ?? []), offset]) < 0)

const unique = (problems: Problem[]): Problem[] => [
  ...new Map(problems.map((one) => [`${one.file}:${one.span.start.offset}:${one.message}`, one])).values(),
]
