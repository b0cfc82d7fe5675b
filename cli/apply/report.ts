// The difference between what is in out/ and what a build would write, as text. Knows files, no processes.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Built } from '../../generate/build.ts'
import { type BlockChange, confChanges } from '../../generate/changes.ts'
import { manifestName } from '../../generate/write.ts'

export type Difference = { path: string; kind: 'new' | 'changed' | 'gone'; before: string; after: string }

/** Every file that a build would write, change or remove. */
export async function differences(built: Pick<Built, 'out' | 'files'>): Promise<Difference[]> {
  const found: Difference[] = []
  for (const [path, content] of built.files) {
    const before = await readFile(join(built.out, path)).catch(() => undefined)
    if (before?.equals(Buffer.from(content))) continue
    found.push({
      path,
      kind: before ? 'changed' : 'new',
      before: before?.toString() ?? '',
      after: Buffer.from(content).toString(),
    })
  }
  for (const path of await written(built.out)) {
    if (built.files.has(path)) continue
    const before = await readFile(join(built.out, path), 'utf8').catch(() => '')
    found.push({ path, kind: 'gone', before, after: '' })
  }
  return found
}

async function written(out: string): Promise<string[]> {
  const list = await readFile(join(out, manifestName), 'utf8').catch(() => '[]')
  const files: unknown = JSON.parse(list)
  return Array.isArray(files) ? files.map(String) : []
}

type Paint = {
  red(text: string): string
  green(text: string): string
  bold(text: string): string
  dim(text: string): string
}

/** In nginx's terms for nginx.conf, by option for gateway.json, by name for the rest. The drop-in forms say the same again. */
export async function printDifferences(found: Difference[], paint: Paint, whole: boolean): Promise<string[]> {
  if (whole) return unified(found, paint)
  const lines: string[] = []
  for (const one of found) {
    if (one.path === 'nginx.conf' && one.kind === 'changed') {
      for (const group of grouped(confChanges(one.before, one.after))) lines.push(...printGroup(group, paint))
    } else if (one.path === 'gateway.json' && one.kind === 'changed') {
      lines.push(paint.bold('gateway'), ...options(one, paint))
    }
  }
  const others = found.filter(
    ({ path, kind }) => kind !== 'changed' || !['nginx.conf', 'gateway.json'].includes(path),
  )
  if (others.length > 0) {
    lines.push(
      paint.bold('files'),
      ...others.map(
        ({ path, kind }) =>
          `  ${kind === 'gone' ? paint.red('-') : kind === 'new' ? paint.green('+') : '~'} ${path}`,
      ),
    )
  }
  return lines
}

/** Blocks that change in the same way: a header that is added everywhere is said once. */
function grouped(changes: BlockChange[]): BlockChange[][] {
  const groups = new Map<string, BlockChange[]>()
  for (const change of changes) {
    const { block, ...what } = change
    const key = change.whole ? block : JSON.stringify(what)
    groups.set(key, [...(groups.get(key) ?? []), change])
  }
  return [...groups.values()]
}

/** A block that is gone is told line by line when it is small. */
const mostGoneLines = 6

/** A block of the same parent by its own words alone. */
function beside(block: string, other: string): string {
  const parent = block.slice(0, block.lastIndexOf(' › ') + 1)
  return parent !== '' && other.startsWith(`${parent}› `) && !other.slice(parent.length + 2).includes(' › ')
    ? other.slice(parent.length + 2)
    : other
}

function printGroup(group: BlockChange[], paint: Paint): string[] {
  const [{ block, gone, came, like, whole }] = group as [BlockChange]
  const others = group.slice(1).map((one) => paint.bold(`  and ${one.block}`))
  const removed =
    whole === 'gone' && gone.length > mostGoneLines
      ? [paint.red(`  - all of it, ${gone.length} directives`)]
      : gone.map((text) => paint.red(`  - ${text}`))
  const shared = like && [
    paint.green(`  + ${like.shared} directives as in ${beside(block, like.block)}`),
    ...like.without.map((text) => paint.dim(`    (there, not here: ${text})`)),
  ]
  return [
    paint.bold(block),
    ...others,
    ...removed,
    ...(shared ?? []),
    ...came.map((text) => paint.green(`  + ${text}`)),
  ]
}

function options({ before, after }: Difference, paint: Paint): string[] {
  const [old, now] = [parseObject(before), parseObject(after)]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((name) => {
    const [was, is] = [JSON.stringify(old[name]), JSON.stringify(now[name])]
    if (was === is) return []
    return [
      ...(was === undefined ? [] : [paint.red(`  - ${name} = ${was}`)]),
      ...(is === undefined ? [] : [paint.green(`  + ${name} = ${is}`)]),
    ]
  })
}

function parseObject(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json)
  } catch {
    return {}
  }
}

async function unified(found: Difference[], paint: Paint): Promise<string[]> {
  const { createTwoFilesPatch } = await import('diff')
  return found
    .filter(({ path }) => !path.endsWith('gateway.mjs'))
    .flatMap(({ path, before, after }) =>
      createTwoFilesPatch(path, path, before, after, 'now', 'next', { context: 3 })
        .split('\n')
        .filter((line) => !line.startsWith('======'))
        .map((line) =>
          line.startsWith('+') ? paint.green(line) : line.startsWith('-') ? paint.red(line) : line,
        ),
    )
}
