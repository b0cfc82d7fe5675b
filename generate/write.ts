// Map<path, text> -> disk, all or nothing. Files that have not changed keep their times; files of an earlier build that
// are no longer wanted go; anything else in the folder is left alone.

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PosternError } from '../errors.ts'

/** Lists what postern wrote, so that the next build may remove it and nothing else. */
export const manifestName = '.postern-files.json'

export type Written = { changed: string[]; removed: string[]; unchanged: number }

/** `secret`: files nobody but their owner may read; nginx reads them as root or as that owner. */
export async function writeOut(
  folder: string,
  files: Map<string, string | Uint8Array>,
  secret: ReadonlySet<string> = new Set(),
): Promise<Written> {
  const before = await ownFiles(folder)
  const changed: string[] = []
  for (const [path, content] of files) {
    const old = await readFile(join(folder, path)).catch(() => undefined)
    if (old === undefined || !old.equals(Buffer.from(content))) changed.push(path)
  }
  const removed = before.filter((path) => !files.has(path))
  if (changed.length > 0 || removed.length > 0 || before.length === 0) {
    await replace(folder, files, changed, removed, secret)
  }
  return { changed, removed, unchanged: files.size - changed.length }
}

/** Makes the folder ours, or refuses: other parts of a build write below it before the list of files is known. */
export async function claimFolder(folder: string): Promise<void> {
  const before = await ownFiles(folder)
  if (before.length > 0) return
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, manifestName), '[]\n')
}

/** What an earlier build wrote here. A folder with other things and no list of ours is not ours to write into. */
async function ownFiles(folder: string): Promise<string[]> {
  const list = await readFile(join(folder, manifestName), 'utf8').catch(() => undefined)
  if (list !== undefined) return parseList(list)
  const present = await readdir(folder).catch(() => [])
  if (present.length > 0) throw new PosternError('GENERATE_NOT_OURS', { folder })
  return []
}

function parseList(json: string): string[] {
  try {
    const files: unknown = JSON.parse(json)
    const safe = (path: unknown): path is string =>
      typeof path === 'string' && !path.startsWith('/') && !path.split('/').includes('..')
    return Array.isArray(files) ? files.filter(safe) : []
  } catch {
    return []
  }
}

/** Writes everything new beside its place first; only then are names switched, which cannot half-succeed for a file. */
async function replace(
  folder: string,
  files: Map<string, string | Uint8Array>,
  changed: string[],
  removed: string[],
  secret: ReadonlySet<string>,
): Promise<void> {
  const stage = join(folder, `.stage-${randomBytes(6).toString('hex')}`)
  try {
    for (const path of changed) {
      await mkdir(dirname(join(stage, path)), { recursive: true })
      await writeFile(join(stage, path), files.get(path) as string, {
        mode: secret.has(path) ? 0o600 : 0o644,
      })
    }
    await mkdir(stage, { recursive: true })
    await writeFile(join(stage, manifestName), `${JSON.stringify([...files.keys()].sort(), null, 1)}\n`)
    for (const path of [...changed, manifestName]) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await rename(join(stage, path), join(folder, path))
    }
    for (const path of removed) {
      await rm(join(folder, path), { force: true })
      await rmdir(dirname(join(folder, path))).catch(() => undefined) // only when it is empty now
    }
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}
