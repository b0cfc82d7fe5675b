// Remembers what lowering and checking said about a bundle: TypeScript takes longer to load than all the rest of a
// build. Keyed by content, so nothing can be stale; lost or damaged entries only cost time. Secrets never get here:
// the caller puts them in afterwards.
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { NjsProblem } from './types.ts'

export type Lowered = { text: string | undefined; problems: NjsProblem[] }

/** Raise it when the checks or the lowering change. */
const generation = 2
const mostEntries = 100

export const cacheFolder = (): string =>
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'postern', 'njs')

export async function remember(parts: string[], make: () => Promise<Lowered>): Promise<Lowered> {
  const folder = cacheFolder()
  const hash = createHash('sha256').update(JSON.stringify([generation, ...parts]))
  const path = join(folder, `${hash.digest('hex')}.json`)
  const known = await readEntry(path)
  if (known) return known
  const made = await make()
  // A home that cannot be written to (a container, a service user) is no reason to fail.
  await writeEntry(folder, path, made).catch(() => undefined)
  return made
}

async function readEntry(path: string): Promise<Lowered | undefined> {
  try {
    const entry = JSON.parse(await readFile(path, 'utf8')) as Lowered
    return Array.isArray(entry.problems) ? entry : undefined
  } catch {
    return undefined
  }
}

async function writeEntry(folder: string, path: string, made: Lowered): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const fresh = `${path}.${process.pid}.new`
  await writeFile(fresh, JSON.stringify(made), { mode: 0o600 })
  await rename(fresh, path)
  const entries = await readdir(folder)
  if (entries.length <= mostEntries) return
  const aged = await Promise.all(
    entries.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
  )
  aged.sort((a, b) => a.at - b.at)
  for (const { name } of aged.slice(0, entries.length - mostEntries))
    await rm(join(folder, name), { force: true })
}
