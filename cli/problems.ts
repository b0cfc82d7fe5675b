// Problems of a configuration on the terminal: errors with their codes, warnings, and notes where they are wanted.

import type { Problem } from '../uwsgi/entry.ts'
import { note, placePrefix, sayError, warn } from './print.ts'

/** Prints them in reading order; the exit code of the first error, 0 without one. */
export function printProblems(problems: readonly Problem[], { notes }: { notes: boolean }): number {
  let code = 0
  let hidden = 0
  for (const { severity, error } of problems) {
    const hint = error.hint ? `\n  hint: ${error.hint}` : ''
    if (severity === 'error') {
      sayError(error)
      code ||= error.exitCode
    } else if (severity === 'warning') warn(`${error.message}${hint}`, error.place)
    else if (notes) note(`${placePrefix(error.place)}${error.message}${hint}`)
    else hidden++
  }
  if (hidden > 0 && code === 0)
    note(`${hidden} note${hidden === 1 ? '' : 's'} about the configuration: \`postern check\` shows them`)
  return code
}
