// What changes between two configurations, in nginx's terms: directives that come and go, block by block. Comments,
// order of independent lines and white space do not count. Pure.

import type { ConfFile, Directive } from '../conf/node.ts'
import { parse } from '../conf/parse.ts'
import { childrenOf } from '../conf/walk.ts'

export type BlockChange = { block: string; gone: string[]; came: string[] }

/** Changes grouped by block, in the order of the new configuration, then blocks that are gone altogether. */
export function confChanges(before: string, after: string): BlockChange[] {
  const old = blocksOf(parse(before))
  const now = blocksOf(parse(after))
  const names = [...now.keys(), ...[...old.keys()].filter((name) => !now.has(name))]
  return names
    .map((block) => ({
      block,
      gone: without(old.get(block) ?? [], now.get(block) ?? []),
      came: without(now.get(block) ?? [], old.get(block) ?? []),
    }))
    .filter(({ gone, came }) => gone.length + came.length > 0)
}

/** Each block by its way from the top, with its directives as text. */
function blocksOf(file: ConfFile): Map<string, string[]> {
  const blocks = new Map<string, string[]>()
  const visit = (owner: ConfFile | Directive, way: string[]): void => {
    const name = way.join(' › ') || 'main'
    const lines = blocks.get(name) ?? []
    blocks.set(name, lines)
    for (const child of childrenOf(owner)) {
      if (child.block === undefined) lines.push(textOf(child))
      else if (child.name.value === 'if')
        lines.push(`${textOf(child)} { ${[...childrenOf(child)].map(textOf).join('; ')}; }`)
      else visit(child, [...way, titleOf(child)])
    }
  }
  visit(file, [])
  return blocks
}

const textOf = (directive: Directive): string =>
  [directive.name, ...directive.args].map(({ raw }) => raw).join(' ')

/** A server is known by its names and addresses, everything else by its own words. */
function titleOf(directive: Directive): string {
  if (directive.name.value !== 'server') return textOf(directive)
  const words = (name: string): string[] =>
    [...childrenOf(directive)]
      .filter((one) => one.name.value === name)
      .flatMap(({ args }) => args.map(({ raw }) => raw))
  const listens = words('listen').filter((word) => /\d|:/.test(word))
  return `server ${words('server_name').join(' ')} (${listens.join(' ')})`
}

/** What `all` has more of than `others`; a line may stand there several times. */
function without(all: string[], others: string[]): string[] {
  const left = new Map<string, number>()
  for (const one of others) left.set(one, (left.get(one) ?? 0) + 1)
  return all.filter((one) => {
    const count = left.get(one) ?? 0
    left.set(one, count - 1)
    return count <= 0
  })
}
