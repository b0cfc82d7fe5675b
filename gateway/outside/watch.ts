// touch-reload, fs-reload, py-autoreload, touch-logreopen: files whose change means something.
// Looks at modification times; a tree is watched by chokidar, loaded only when such an option is set.

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { GatewayOptions } from '../options.ts'

export type Watched = { reload(path: string): void; reopen(): void; ready(trees: readonly string[]): void }

const pollMs = 1_000
/** Editors and deployments write many files: one reload after the last of them. */
const settleMs = 200
const ignored = /(^|\/)(\.git|\.hg|node_modules|__pycache__|\.venv|venv|\.tox)(\/|$)/

/**
 * Calls `act` when the file's modification time changes, or when it comes to be; the returned function ends that.
 * The first look is now, not when a watcher gets round to it: a change right after the start counts.
 */
export function touched(path: string, act: () => void): () => void {
  const file = resolve(path)
  const look = (): number => {
    try {
      return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    } catch {
      return 0 // its folder is closed to us, or no folder
    }
  }
  let known = look()
  const timer = setInterval(() => {
    const now = look()
    const changed = now !== known && now !== 0
    known = now
    if (changed) act()
  }, pollMs)
  timer.unref()
  return () => clearInterval(timer)
}

export async function watchFiles(options: GatewayOptions, on: Watched): Promise<() => void> {
  const closers: (() => void)[] = []
  const closeAll = (): void => {
    for (const close of closers) close()
  }
  const touch = (path: string, act: () => void): void => void closers.push(touched(path, act))
  for (const path of options['touch-reload']) touch(path, () => on.reload(path))
  for (const path of options['touch-logreopen']) touch(path, () => on.reopen())

  const python = options['py-autoreload'] > 0
  const trees = options['fs-reload'].map((path) => resolve(path))
  if (python) trees.push(...[options.chdir ?? '.', ...options.pythonpath].map((path) => resolve(path)))
  if (trees.length === 0) return closeAll

  const { watch } = await import('chokidar')
  const wide = options['fs-reload'].map((path) => resolve(path))
  let timer: NodeJS.Timeout | undefined
  const watcher = watch(trees, {
    ignoreInitial: true,
    ignored: (path, stats) =>
      ignored.test(path) ||
      (stats?.isFile() === true && !path.endsWith('.py') && !wide.some((tree) => path.startsWith(tree))),
  })
  watcher.on('all', (_, path) => {
    clearTimeout(timer)
    timer = setTimeout(() => on.reload(path), settleMs)
  })
  watcher.once('ready', () => on.ready(trees))
  closers.push(() => {
    clearTimeout(timer)
    void watcher.close()
  })
  return closeAll
}
