// postern lint: files, folders or standard input -> findings in the wanted form -> exit code.

import { type Command, Option } from 'commander'
import { FORMATS, type Options } from '../lint/options.ts'
import { examples } from '../print.ts'

const several = (value: string, before: string[]): string[] => [
  ...before,
  ...value.split(',').map((one) => one.trim()),
]

export function register(program: Command): void {
  program
    .command('lint')
    .description('find faults in nginx configurations, say why, and repair what can be repaired safely')
    .argument('[paths...]', 'files, folders, or - for standard input; also `nginx -T` dumps', [])
    .option(
      '--nginx <version>',
      'the nginx that will run it: 1.22.1, 1.26, latest (default: the installed one)',
    )
    .option('--context <list>', 'the blocks around a fragment: http,server')
    .addOption(
      new Option('--fail-on <level>', 'exit 1 from this severity on')
        .choices(['error', 'warning', 'info', 'never'])
        .default('warning'),
    )
    .addOption(new Option('--format <form>', 'how to say it').choices(FORMATS))
    .option('--json', 'the same as --format json')
    .option('--fix', 'repair what can be repaired safely')
    .option('--rule <name=level>', 'set a rule to off, info, warning or error; repeatable', several, [])
    .option('--ignore <names>', 'rules to leave out', several, [])
    .option('--only <names>', 'the only rules to ask', several, [])
    .option('--settings <file>', 'JSON: {"rules": {"name": "off"}}')
    .option('--baseline <file>', 'say only what this file does not know')
    .option('--write-baseline <file>', 'write down what is there today')
    .option(
      '--django <path>',
      'hold it against the Django project there (folder of manage.py, or a settings.py)',
    )
    .option('--django-settings <module>', 'its settings module')
    .option('--uwsgi <file>', 'hold it against uWSGI’s configuration')
    .option('--gateway <file>', 'hold it against the gateway’s options (gateway.json)')
    .option('--no-behind', 'do not look at a uwsgi.ini, gateway.json or settings.py that lies beside it')
    .option('-q, --quiet', 'say nothing when there is nothing to say')
    .addHelpText(
      'after',
      examples([
        ['postern lint /etc/nginx/nginx.conf', 'the whole configuration, includes followed'],
        ['postern lint --context http,server snippet.conf', 'a fragment'],
        ['nginx -T | postern lint -', 'a dump'],
        ['postern lint --fix site.conf', 'repair'],
        ['postern lint --format sarif . > findings.sarif', 'for code scanning'],
      ]),
    )
    .action(async (paths: string[], options: Options) => {
      const { lint } = await import('../lint/run.ts')
      process.exitCode = await lint(paths, options)
    })
}
