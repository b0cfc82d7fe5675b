// postern fmt: nginx configuration files in one style. Writes in place, or says what it would do.

import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { createTwoFilesPatch } from 'diff'
import { format, sameTree } from '../../conf/format.ts'
import { parse } from '../../conf/parse.ts'
import { codeFrame, decodeSource } from '../../conf/source.ts'
import { PosternError } from '../../errors.ts'
import { diskReader, readStdin } from '../conf-reader.ts'
import { examples, note, say } from '../print.ts'

type Options = { check?: boolean; diff?: boolean }

export function register(program: Command): void {
  program
    .command('fmt')
    .alias('format')
    .description('lay out nginx configuration files; changes white space only')
    .argument('<files...>', 'files to rewrite in place, or - to read standard input and print the result')
    .option('--check', 'write nothing; exit 1 when a file is laid out differently')
    .option('--diff', 'write nothing; show what would change')
    .addHelpText(
      'after',
      examples([
        ['postern fmt nginx.conf sites/*.conf', 'rewrite in place'],
        ['postern fmt --check sites/*.conf', 'for CI'],
        ['postern fmt --diff nginx.conf', 'look first'],
        ['postern fmt - < nginx.conf', 'as a filter'],
      ]),
    )
    .action((files: string[], options: Options) => {
      let changed = 0
      for (const file of files) if (formatOne(file, options)) changed++
      if (options.check === true && changed > 0) process.exitCode = 1
    })
}

/** Whether the file was laid out differently. */
function formatOne(file: string, options: Options): boolean {
  const name = file === '-' ? '<stdin>' : file
  const before = readSource(file)
  const after = formatted(name, before)
  const differs = after !== before
  if (options.diff === true) {
    if (differs) say(createTwoFilesPatch(name, name, before, after, '', ''))
  } else if (options.check === true) {
    if (differs) note(`${name} is laid out differently`)
  } else if (file === '-') process.stdout.write(after)
  else if (differs) writeFileSync(file, after)
  return differs
}

function formatted(name: string, text: string): string {
  const tree = parse(text, { path: name })
  const [problem] = tree.problems
  if (problem !== undefined) {
    const { line, column } = problem.span.start
    const facts = { message: problem.message, frame: codeFrame(text, problem.span, problem.expected ?? '') }
    throw new PosternError('CONF_BROKEN', facts, { place: { file: name, line, column } })
  }
  const result = format(tree)
  if (!sameTree(tree, parse(result))) throw new Error(`formatting ${name} would change what it says`)
  return result
}

function readSource(file: string): string {
  let bytes: Uint8Array
  try {
    bytes = file === '-' ? readStdin() : (diskReader.read(file) as Uint8Array)
  } catch (cause) {
    throw new PosternError('CONF_UNREADABLE', { file, reason: (cause as Error).message }, { cause })
  }
  const text = decodeSource(bytes)
  // Written back as UTF-8, another encoding would become other bytes.
  if (!Buffer.from(text).equals(Buffer.from(bytes))) {
    throw new PosternError('CONF_UNREADABLE', { file, reason: 'it is not UTF-8' })
  }
  return text
}
