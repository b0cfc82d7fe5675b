// postern check: looks a configuration of uWSGI over without starting anything.

import type { Command } from 'commander'
import { withoutPassword } from '../../uwsgi/passwords.ts'
import { colours, examples, say, sayJson } from '../print.ts'
import { printProblems } from '../problems.ts'

type Options = { json?: boolean; strict?: boolean; lines?: boolean }

export function register(program: Command): void {
  program
    .command('check')
    .description('look a configuration of uWSGI over without starting it')
    .argument(
      '<configuration...>',
      'uwsgi.ini, uwsgi.ini:section, uwsgi.xml, a YAML or JSON file, options of the command line',
    )
    .allowUnknownOption()
    .option('--lines', 'say what becomes of every line')
    .option('--strict', 'exit 1 for warnings too')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples([
        ['postern check uwsgi.ini', 'errors, warnings and notes, with places'],
        ['postern check uwsgi.ini --lines', 'and the fate of every line'],
        ['postern check uwsgi.ini:production --strict', 'for CI: exit 1 for warnings'],
        ['postern check uwsgi.xml', 'the XML form; with several, uwsgi.xml:id'],
        ['postern check uwsgi.ini --http :8000', 'together with options of the command line'],
      ]),
    )
    .action(async (words: string[], options: Options) => {
      const { readConfiguration } = await import('../../uwsgi/read.ts')
      const { translate, withVerdict } = await import('../../uwsgi/translate.ts')
      const { verify } = await import('../../uwsgi/verify.ts')
      const { realWorld } = await import('../../uwsgi/world.ts')
      const world = realWorld()
      const configuration = readConfiguration(words, world)
      const translation = translate(configuration, world.cwd)
      const problems = [...translation.problems, ...verify(translation, world)]
      const verdict = withVerdict(problems)
      if (options.json) sayJson(asJson(configuration.files, translation, problems, options.lines === true))
      else {
        if (options.lines) printLines(translation.outcomes)
        printProblems(problems, { notes: true })
        say(`${configuration.files.join(', ') || 'command line'}: ${verdict.text}`)
      }
      process.exitCode = verdict.errors > 0 ? 2 : options.strict && verdict.warnings > 0 ? 1 : 0
    })
}

type Outcomes = import('../../uwsgi/translate.ts').Outcome[]
type Problems = import('../../uwsgi/entry.ts').Problem[]

function printLines(outcomes: Outcomes): void {
  for (const { entry, kind, doc, instead, option } of outcomes) {
    const line = `${entry.key}${entry.value === undefined ? '' : ` = ${withoutPassword(entry.value)}`}`
    const what = [
      option && option !== entry.key ? `${option}.` : '',
      doc,
      instead ? `Instead: ${instead}.` : '',
    ]
    const place =
      entry.place.line === undefined ? entry.place.file : `${entry.place.file}:${entry.place.line}`
    say(
      `${colours.dim(place)} ${line}\n    ${colours.bold(kind)} ${what.filter(Boolean).join(' ')}`.trimEnd(),
    )
  }
}

function asJson(
  files: string[],
  { options, outcomes }: { options: unknown; outcomes: Outcomes },
  problems: Problems,
  lines: boolean,
): unknown {
  return {
    files,
    problems: problems.map(({ severity, error }) => {
      const { code, message, hint, place } = error
      return { severity, code, message, ...(hint ? { hint } : {}), ...(place ? { place } : {}) }
    }),
    ...(options ? { options } : {}),
    ...(lines
      ? {
          lines: outcomes.map(({ entry, kind, doc, instead, option }) => ({
            key: entry.key,
            value: entry.value && withoutPassword(entry.value),
            place: entry.place,
            fate: kind,
            doc,
            instead,
            option,
          })),
        }
      : {}),
  }
}
