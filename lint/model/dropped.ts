// Directives that are inherited only by levels that have none of their own: what a level loses by its first one.

import type { Statement } from './statement.ts'

export type Dropped = {
  /** The first of the level's own. */
  at: Statement
  names: string[]
  /** What happened, and what to do. */
  message: string
  help: string
}

/** Those of the outer level, by their first word, that the block does not repeat; undefined: it loses none. */
export function droppedBy(block: Statement, directive: string): Dropped | undefined {
  const [at, ...more] = block.all(directive)
  if (at === undefined || block.parent === undefined) return undefined
  const kept = new Set([at, ...more].map(({ arg }) => arg.toLowerCase()))
  const dropped = block.parent.effectiveAll(directive).filter(({ arg }) => !kept.has(arg.toLowerCase()))
  if (dropped.length === 0) return undefined
  const names = [...new Set(dropped.map(({ arg }) => arg))]
  const first = dropped[0]?.node
  const place = first === undefined ? '' : `, set at ${first.file}:${first.span.start.line}`
  return {
    at,
    names,
    message: `${directive} here drops ${names.join(', ')}${place}`,
    help: `repeat ${names.length === 1 ? 'it' : 'them'} in this ${block.name}, or keep them in one file that both levels include`,
  }
}
