// The command line as a test sees it: many lines in one process, in a folder of their own.
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { program } from './program.ts'

export const root = join(import.meta.dirname, '../..')

export type Ran = { code: number; out: string; err: string }

/** Runs the lines one after the other; for what prints and ends. */
export function runLines(
  lines: readonly (readonly string[])[],
  cwd = root,
  env: Record<string, string> = {},
): Ran[] {
  const argv = [program('test/helpers/cli-lines.ts'), JSON.stringify(lines)]
  const output = execFileSync(process.execPath, argv, {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    encoding: 'utf8',
  })
  return JSON.parse(output)
}
