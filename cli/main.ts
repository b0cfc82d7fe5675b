// argv -> command -> exit code. How it ends is end.ts's affair, what is printed print.ts's.
// Without a command the arguments are uWSGI's (`postern --http :8000 --wsgi-file test.py`, `postern uwsgi.ini`).

import { existsSync } from 'node:fs'
import { closest, distance } from 'fastest-levenshtein' // not import(): the bundle's chunk of it has no names
import { PosternError } from '../errors.ts'
import { runCommand } from './command.ts'
import { exitCodeOf, Finished, live } from './end.ts'
import { exitCodes } from './exit-codes.ts'
import { say } from './print.ts'
import { commands, groups } from './registry.ts'
import { version } from './version.ts'

/** Runs one command line; the promise is its exit code and never rejects. */
export const main = (argv: readonly string[]): Promise<number> =>
  exitCodeOf(() => dispatch(argv), argv[0] !== undefined && argv[0] in commands && argv.includes('--json'))

/** The whole life of the process. */
export const run = (argv: readonly string[] = process.argv.slice(2)): Promise<never> => live(() => main(argv))

async function dispatch(argv: readonly string[]): Promise<void> {
  const [first, second] = argv
  if (first === '--version' || first === 'version') return say(`postern ${version()}`)
  if (first === undefined) {
    say(mainHelp())
    throw new Finished(2)
  }
  if (first === '--help' || first === '-h') return say(mainHelp())
  if (first === 'help') {
    if (second === undefined || ['help', '--help', '-h'].includes(second)) return say(mainHelp())
    return runOne(commandNamed(second), ['--help'])
  }
  if (Object.hasOwn(commands, first)) return runOne(first, argv.slice(1))
  if (isForServe(first)) return runOne('serve', argv)
  throw unknownCommand(first)
}

function commandNamed(name: string): string {
  if (Object.hasOwn(commands, name)) return name
  throw unknownCommand(name)
}

async function runOne(name: string, args: readonly string[]): Promise<void> {
  // uWSGI's options are read by uwsgi/, and a gateway that runs for months has no use for commander's five megabytes.
  if (name === 'serve' && !args.some((word) => word === '--help' || word === '-h')) {
    const { serve } = await import('./serve/run.ts')
    process.exitCode = await serve(args)
    return
  }
  await runCommand(name, (commands[name] as (typeof commands)[string]).load, args)
}

/** Options, configuration files and applications need no command: uWSGI's command line. */
function isForServe(argument: string): boolean {
  return (
    argument.startsWith('-') ||
    argument.startsWith('[') ||
    /\.(ini|ya?ml|json|js|xml|py|wsgi)(:.*)?$/.test(argument) ||
    /^\w+(\.\w+)+:\w/.test(argument) ||
    existsSync(argument)
  )
}

function unknownCommand(name: string): PosternError {
  const nearest = closest(name, [...Object.keys(commands), 'help', 'version'])
  const similar = distance(name, nearest) <= Math.max(1, Math.floor(name.length / 3)) ? nearest : undefined
  return new PosternError('CLI_UNKNOWN_COMMAND', { name, similar })
}

function mainHelp(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length))
  const row = (name: string, summary: string): string => `  ${name.padEnd(width)}  ${summary}`
  const list = groups.map(([title, rows]) =>
    [`${title}:`, ...Object.entries(rows).map(([name, { summary }]) => row(name, summary))].join('\n'),
  )
  const codes = Object.entries(exitCodes).map(([code, what]) => `  ${code.padStart(2)}  ${what}`)
  return `postern ${version()}: nginx in front, your Python web application behind it

Usage:
  postern <command> [options]
  postern [uWSGI options] [uwsgi.ini | app.py | package.module:callable]

${list.join('\n\n')}

More about one: postern help <command>

Examples:
  postern init && postern up                   in a Django project: write its site file, serve it here
  postern --http :8000 --wsgi-file test.py     the application on port 8000, no nginx needed
  postern --http :8000 --module mysite.wsgi    the same for Django
  postern uwsgi.ini                            an existing uWSGI configuration

Exit codes:
${codes.join('\n')}
`
}
