// postern parse: an nginx configuration as JSON, in the shape of crossplane's payload.

import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { crossplanePayload } from '../../conf/crossplane.ts'
import { dumpReader, isDump, splitDump } from '../../conf/dump.ts'
import type { Reader } from '../../conf/include.ts'
import { decodeSource } from '../../conf/source.ts'
import { PosternError } from '../../errors.ts'
import { diskReader, readStdin } from '../conf-reader.ts'
import { examples, say } from '../print.ts'

type Options = {
  combine?: boolean
  includeComments?: boolean
  singleFile?: boolean
  strict?: boolean
  ignore?: string
  indent?: string
  out?: string
}

export function register(program: Command): void {
  program
    .command('parse')
    .description('print an nginx configuration as JSON, in the shape of crossplane’s payload')
    .argument('<file>', 'nginx.conf, a saved `nginx -T`, or - for standard input')
    .option('--combine', 'put included statements in the place of their include')
    .option('--include-comments', 'keep comments')
    .option('--single-file', 'do not follow includes')
    .option('--strict', 'unknown directives are errors')
    .option('--ignore <names>', 'leave these directives out (comma-separated)')
    .option('-i, --indent <n>', 'indent the JSON by n spaces')
    .option('-o, --out <file>', 'write to a file instead of standard output')
    .addHelpText(
      'after',
      examples([
        ['postern parse /etc/nginx/nginx.conf', 'all files, as JSON'],
        ['postern parse --combine -i 2 nginx.conf', 'one tree, readable'],
        ['nginx -T | postern parse -', 'what a running nginx would read'],
      ]),
    )
    .action((file: string, options: Options) => {
      const { path, reader } = sourceOf(file)
      const payload = crossplanePayload(path, reader, {
        combine: options.combine === true,
        comments: options.includeComments === true,
        single: options.singleFile === true,
        strict: options.strict === true,
        ignore: options.ignore?.split(',') ?? [],
      })
      const text = JSON.stringify(payload, null, indentOf(options.indent))
      if (options.out === undefined) say(text)
      else writeFileSync(options.out, `${text}\n`)
      if (payload.status === 'failed') process.exitCode = 1
    })
}

function indentOf(text: string | undefined): number {
  if (text === undefined) return 0
  if (/^\d{1,2}$/.test(text)) return Number(text)
  throw new PosternError('CLI_BAD_USAGE', {
    problem: `--indent ${text} is not a number`,
    remedy: 'try --indent 2',
  })
}

/** A file on disk; or standard input, or a dump, read from memory. */
function sourceOf(file: string): { path: string; reader: Reader } {
  if (file !== '-') {
    const text = readText(file)
    if (text === undefined || !isDump(text)) return { path: file, reader: diskReader }
    return dumped(text)
  }
  const bytes = readStdin()
  const text = decodeSource(bytes)
  if (isDump(text)) return dumped(text)
  return {
    path: '-',
    reader: { ...diskReader, read: (path) => (path === '-' ? bytes : diskReader.read(path)) },
  }
}

function dumped(text: string): { path: string; reader: Reader } {
  const files = splitDump(text)
  return { path: files[0]?.path ?? '-', reader: dumpReader(files) }
}

function readText(file: string): string | undefined {
  try {
    return decodeSource(diskReader.read(file) as Uint8Array)
  } catch {
    return undefined
  }
}
