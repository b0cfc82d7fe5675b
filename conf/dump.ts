// `nginx -T` prints every file of a configuration one after the other; this takes them apart again.
import type { Reader } from './include.ts'

const HEADER = /^# configuration file (.+):\r?$/

export type DumpFile = { path: string; text: string }

/** Whether a text looks like the output of `nginx -T` (with or without what it says on stderr). */
export function isDump(text: string): boolean {
  for (const line of text.slice(0, 65_536).split('\n', 64)) {
    if (HEADER.test(line)) return true
    if (line.trim() !== '' && !line.startsWith('nginx: ')) return false
  }
  return false
}

/** The files of a dump, the main one first. nginx adds one line end after each file; it is taken away. */
export function splitDump(text: string): DumpFile[] {
  const files: DumpFile[] = []
  let lines: string[] | undefined
  let path = ''
  const finish = (): void => {
    if (lines === undefined) return
    const whole = lines.join('\n')
    files.push({ path, text: whole.endsWith('\n') ? whole.slice(0, -1) : whole })
  }
  for (const line of text.split('\n')) {
    const header = HEADER.exec(line)
    if (header === null) lines?.push(line)
    else {
      if (lines !== undefined) lines.push('')
      finish()
      path = header[1] as string
      lines = []
    }
  }
  finish()
  return files
}

/** Reads from a dump instead of from disk. */
export function dumpReader(files: readonly DumpFile[]): Reader {
  const texts = new Map(files.map((file) => [file.path, file.text]))
  const folders = new Map<string, Set<string>>()
  for (const path of texts.keys()) {
    const parts = path.split('/')
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = parts.slice(0, depth).join('/') || '/'
      if (!folders.has(folder)) folders.set(folder, new Set())
      folders.get(folder)?.add(parts[depth] as string)
    }
  }
  return { read: (path) => texts.get(path), list: (folder) => [...(folders.get(folder) ?? [])] }
}
