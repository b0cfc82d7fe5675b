// What changes between two configurations, in nginx's terms: directives that come and go, block by block. Comments,
// order of independent lines and white space do not count. Pure.

import type { ConfFile, Directive } from '../conf/node.ts'
import { parse } from '../conf/parse.ts'
import { childrenOf } from '../conf/walk.ts'

export type BlockChange = {
  block: string
  gone: string[]
  came: string[]
  /** A new block that mostly says what another one says: `came` is only what is its own. */
  like?: { block: string; shared: number; without: string[] }
  /** The block itself has come or gone. */
  whole?: 'new' | 'gone'
}

type Block = { title: string; way: string; lines: string[]; children: Block[] }
type Pair = { old: Block | undefined; now: Block | undefined }

/** Changes grouped by block, in the order of the new configuration; in each, blocks that are gone come last. */
export function confChanges(before: string, after: string): BlockChange[] {
  const [old, now] = [blockOf(parse(before), 'main', []), blockOf(parse(after), 'main', [])]
  const models = [...allBlocks(now), ...allBlocks(old)]
  return changesOf({ old, now }, models).filter(
    ({ gone, came, like }) => gone.length + came.length > 0 || like !== undefined,
  )
}

function changesOf({ old, now }: Pair, models: Block[]): BlockChange[] {
  const change: BlockChange = {
    block: (now ?? old)?.way as string,
    gone: without(old?.lines ?? [], now?.lines ?? []),
    came: without(now?.lines ?? [], old?.lines ?? []),
    ...(old === undefined ? { whole: 'new' as const } : now === undefined ? { whole: 'gone' as const } : {}),
  }
  return [
    old === undefined && now !== undefined ? likeAnother(change, now, models) : change,
    ...pairs(old?.children ?? [], now?.children ?? []).flatMap((pair) => changesOf(pair, models)),
  ]
}

/** From so many equal lines on, a new block is told by the one it is like. */
const leastShared = 8

function likeAnother(change: BlockChange, block: Block, models: Block[]): BlockChange {
  let best: { model: Block; shared: number } | undefined
  for (const model of models) {
    if (model.way === block.way) continue
    const shared = block.lines.length - without(block.lines, model.lines).length
    if (shared >= Math.max(leastShared, block.lines.length * 0.6) && shared > (best?.shared ?? 0)) {
      best = { model, shared }
    }
  }
  if (best === undefined) return change
  const { model, shared } = best
  const like = { block: model.way, shared, without: without(model.lines, block.lines) }
  return { ...change, came: without(block.lines, model.lines), like }
}

/** Old and new blocks of one parent: by their words; servers that are left by what they have in common. */
function pairs(old: Block[], now: Block[]): Pair[] {
  const left = new Set(old)
  const found = new Map<Block, Block>()
  const take = (mine: Block, theirs: Block | undefined): void => {
    if (theirs === undefined) return
    left.delete(theirs)
    found.set(mine, theirs)
  }
  for (const block of now)
    take(
      block,
      [...left].find(({ title }) => title === block.title),
    )
  const servers = now
    .filter((block) => !found.has(block) && block.title.startsWith('server '))
    .flatMap((mine) => [...left].map((theirs) => ({ mine, theirs, score: likeness(mine, theirs) })))
    .filter(({ theirs, score }) => theirs.title.startsWith('server ') && score >= 0.5)
    .sort((a, b) => b.score - a.score)
  for (const { mine, theirs } of servers) {
    if (!found.has(mine) && left.has(theirs)) take(mine, theirs)
  }
  return [
    ...now.map((block) => ({ now: block, old: found.get(block) })),
    ...[...left].map((block) => ({ now: undefined, old: block })),
  ]
}

/** 0 to 1: how much of what two servers hold, at all depths, is the same. */
function likeness(a: Block, b: Block): number {
  const words = (block: Block): string[] => allBlocks(block).flatMap(({ title, lines }) => [title, ...lines])
  const [mine, theirs] = [words(a), words(b)]
  const shared = mine.length - without(mine, theirs).length
  return (2 * shared) / Math.max(1, mine.length + theirs.length)
}

function blockOf(owner: ConfFile | Directive, title: string, way: string[]): Block {
  const block: Block = { title, way: way.join(' › ') || 'main', lines: [], children: [] }
  for (const child of childrenOf(owner)) {
    if (child.block === undefined) block.lines.push(textOf(child))
    else if (child.name.value === 'if')
      block.lines.push(`${textOf(child)} { ${[...childrenOf(child)].map(textOf).join('; ')}; }`)
    else block.children.push(blockOf(child, titleOf(child), [...way, titleOf(child)]))
  }
  return block
}

const allBlocks = (block: Block): Block[] => [block, ...block.children.flatMap(allBlocks)]

const textOf = (directive: Directive): string =>
  [directive.name, ...directive.args].map(({ raw }) => raw).join(' ')

/** A server is known by its names and addresses, everything else by its own words. */
function titleOf(directive: Directive): string {
  if (directive.name.value !== 'server') return textOf(directive)
  const find = (name: string) => [...childrenOf(directive)].filter((one) => one.name.value === name)
  const names = find('server_name').flatMap(({ args }) => args.map(({ raw }) => raw))
  const listens = find('listen').map(({ args }) => args[0]?.raw ?? '')
  return `server ${names.join(' ')} (${listens.join(' ')})`
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
