// Writes to standard output and standard error for the command line (progress.ts draws a line of its own). Knows terminals
// and errors, no commands.
// Results go to standard output; warnings, errors and progress go to standard error.

import pc from 'picocolors'
import type { Place } from '../errors.ts'
import { PosternError } from '../errors.ts'

type Stream = NodeJS.WriteStream

const wantsColour = (stream: Stream): boolean =>
  process.env.NO_COLOR ? false : process.env.FORCE_COLOR ? true : stream.isTTY === true

const coloursOf = (stream: Stream) => pc.createColors(wantsColour(stream))

/** Colours for text that goes to standard output; plain when it is not a terminal. */
export const colours = coloursOf(process.stdout)

/** Writes one result, ended by a line break. */
export function say(text = ''): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
}

/** Writes one result for machines. */
export function sayJson(value: unknown): void {
  say(JSON.stringify(value, null, 2))
}

/** Writes something the reader should know but no program reads. */
export function note(text: string): void {
  process.stderr.write(`${coloursOf(process.stderr).dim('postern:')} ${text}\n`)
}

/** Writes something that is probably not as the reader wants it. */
export function warn(text: string, place?: Place): void {
  const colour = coloursOf(process.stderr)
  process.stderr.write(`postern: ${colour.yellow('warning:')} ${placePrefix(place)}${text}\n`)
}

/** `file:line:col: `, or nothing. */
export function placePrefix(place: Place | undefined): string {
  return place === undefined ? '' : `${printPlace(place)}: `
}

/** `file:line:col` as editors and terminals understand it. */
export function printPlace(place: Place): string {
  return [place.file, place.line, place.line === undefined ? undefined : place.column]
    .filter((part) => part !== undefined)
    .join(':')
}

/** An error as the reader sees it: place, what was found, what to do, and the code to search for. */
export function printError(error: unknown, colour = pc.createColors(false)): string {
  if (error instanceof PosternError) {
    const lines = [`postern: ${placePrefix(error.place)}${colour.red(error.message)}`]
    if (error.hint) lines.push(`  hint: ${error.hint}`)
    lines.push(colour.dim(`  code: ${error.code}`))
    return lines.join('\n')
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return [
    `postern: ${colour.red('this is a bug in postern')}`,
    stack,
    `  node ${process.version}, ${process.platform} ${process.arch}; please report it with the lines above`,
  ].join('\n')
}

/** An error for machines (`--json`). */
export function errorAsJson(error: unknown): unknown {
  if (!(error instanceof PosternError)) return { error: { code: 'BUG', message: String(error) } }
  const { code, message, hint, place, blame, exitCode } = error
  return { error: { code, message, hint, place, blame, exitCode } }
}

/** Writes an error to standard error; with `json` as one JSON object. */
export function sayError(error: unknown, json = false): void {
  const text = json ? JSON.stringify(errorAsJson(error)) : printError(error, coloursOf(process.stderr))
  process.stderr.write(`${text}\n`)
}

/** Help text: `examples([['postern build', 'writes out/'], …])` for `command.addHelpText('after', …)`. */
export function examples(rows: [command: string, what: string][]): string {
  const width = Math.max(...rows.map(([command]) => command.length))
  return `\nExamples:\n${rows.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`).join('\n')}`
}
