// One option as it was written: key, value, where. The words everything in uwsgi/ speaks. Types only.

import type { Place, PosternError } from '../errors.ts'

export type Entry = {
  key: string
  /** undefined: a flag on the command line, without a value. */
  value: string | undefined
  /** The value before any expansion, for messages and reports. */
  raw: string | undefined
  place: Place
  origin: 'file' | 'environment' | 'command line'
  /** Immediate options, placeholders and what logic consumed: not expanded again, not translated. */
  settled: boolean
  /** Declared by `set-placeholder`: never an option. */
  placeholder: boolean
  /** The plugin, not there, that this option belongs to. */
  plugin?: string
}

/** Something to tell the operator. `error`: postern does not start with it. */
export type Problem = { severity: 'error' | 'warning' | 'note'; error: PosternError }

/** What of the machine the reader may see; tests bring their own. */
export type World = {
  cwd: string
  env: Record<string, string | undefined>
  hostname: string
  cpus: number
  binary: string
  /** Read again for a reload: `if-reload` holds. */
  reloads?: boolean
  /** Path that `%(…)`-free relative names are resolved against is `cwd`; these take any path. */
  readFile(path: string): string
  exists(path: string): boolean
  isFile(path: string): boolean
  isDirectory(path: string): boolean
  isWritable(path: string): boolean
  isReadable(path: string): boolean
  glob(pattern: string): string[]
  /** Names in a directory, those of directories with a slash at the end; empty when there is none. */
  list(path: string): string[]
  /** Standard output of a shell command, for `@(exec://…)`. */
  runCommand(command: string): string
}

export const maxFileBytes = 1024 * 1024
export const maxEntries = 20_000
export const maxValueLength = 256 * 1024
export const maxIncludeDepth = 32
