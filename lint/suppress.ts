// `# postern-ignore rule, rule -- reason`: behind a directive on its line, or above the directive (and then its whole block).
// `# postern-ignore-file rule -- reason` is about the file. A reason is required; what silences nothing is said. Pure.

import type { Comment, ConfFile, Directive, Node } from '../conf/node.ts'
import type { Finding } from './rule.ts'

export type Ignore = {
  file: string
  comment: Comment
  rules: string[]
  reason: string
  /** Lines it covers, both included. */
  from: number
  to: number
}

const FORM = /^#\s*postern-ignore(-file)?(?:\s+(.*))?$/

/** The comments of a file that say what to leave out. */
export function readIgnores(file: ConfFile): Ignore[] {
  const found: Ignore[] = []
  const visit = (nodes: Node[]): void => {
    for (const [i, node] of nodes.entries()) {
      if (node.kind === 'directive') {
        if (node.block !== undefined) visit(node.block.children)
        continue
      }
      const form = FORM.exec(node.text.trim())
      if (form === null) continue
      const [names = '', ...reason] = (form[2] ?? '').split(/\s--\s|^--\s/)
      const rules = names.split(/[\s,]+/).filter((name) => name !== '')
      const line = node.span.start.line
      const before = nodes[i - 1]
      const next = nodes.slice(i + 1).find((one): one is Directive => one.kind === 'directive')
      const trailing = before?.kind === 'directive' && before.span.end.line === line
      const range =
        form[1] !== undefined
          ? [1, Number.MAX_SAFE_INTEGER]
          : trailing
            ? [startOf(before), line]
            : next === undefined
              ? [line, line]
              : [line, endOf(next)]
      found.push({
        file: file.path,
        comment: node,
        rules,
        reason: reason.join(' -- ').trim(),
        from: range[0] as number,
        to: range[1] as number,
      })
    }
  }
  visit(file.children)
  return found
}

const startOf = (directive: Directive): number => directive.name.span.start.line
const endOf = (directive: Directive): number => directive.block?.end.line ?? directive.span.end.line

export type SuppressOptions = {
  /** Every rule there is, by any of its names. */
  known: (name: string) => boolean
  /** Rules that ran; an ignore of one that did not is not called unused. */
  ran: (name: string) => boolean
}

/** What is left of the findings, and what is wrong with the comments. */
export function suppress(
  findings: Finding[],
  ignores: Ignore[],
  options: SuppressOptions,
): { kept: Finding[]; silenced: number } {
  const used = new Set<string>()
  const kept = findings.filter((finding) => {
    const by = ignores.find(
      (one) =>
        one.reason !== '' &&
        one.file === finding.file &&
        one.rules.includes(finding.rule) &&
        finding.line >= one.from &&
        finding.line <= one.to,
    )
    if (by !== undefined) used.add(`${by.file}:${by.comment.span.start.offset}:${finding.rule}`)
    return by === undefined
  })
  const silenced = findings.length - kept.length
  for (const one of ignores) {
    if (one.rules.length === 0)
      kept.push(
        about(
          one,
          'ignore-without-rule',
          'this does not say which rule it is about',
          '# postern-ignore rule-name -- why',
        ),
      )
    else if (one.reason === '')
      kept.push(
        about(
          one,
          'ignore-without-reason',
          'this silences nothing, because it gives no reason',
          `# postern-ignore ${one.rules.join(', ')} -- why it is right here`,
        ),
      )
    else {
      for (const name of one.rules) {
        if (!options.known(name))
          kept.push(
            about(
              one,
              'unused-ignore',
              `there is no rule named ${name}`,
              '`postern explain` lists the rules',
            ),
          )
        else if (options.ran(name) && !used.has(`${one.file}:${one.comment.span.start.offset}:${name}`)) {
          kept.push(about(one, 'unused-ignore', `${name} finds nothing here any more`, 'remove the comment'))
        }
      }
    }
  }
  return { kept, silenced }
}

function about(ignore: Ignore, rule: string, message: string, help: string): Finding {
  const { start, end } = ignore.comment.span
  return {
    file: ignore.file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
    rule,
    severity: 'warning',
    confidence: 'high',
    message,
    help,
  }
}
