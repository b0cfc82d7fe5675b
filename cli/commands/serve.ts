// postern serve, as `--help` shows it: uWSGI's command line and files -> a running gateway in this process.
// What runs it is cli/serve/run.ts, called by main.ts with the words as they were typed.

import type { Command } from 'commander'
import { examples } from '../print.ts'

export function register(program: Command): void {
  program
    .command('serve')
    .description('run WSGI applications; takes uWSGI’s options and files')
    .argument('[options and files...]', 'uWSGI’s own: --http :8000 --wsgi-file test.py, uwsgi.ini, …')
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText(
      'after',
      `${examples([
        ['postern --http :8000 --wsgi-file test.py', 'one file on port 8000'],
        ['postern --http :8000 --module mysite.wsgi --processes 4', 'Django'],
        [
          'postern --socket /run/mysite.sock --module mysite.wsgi',
          'behind nginx (fastcgi_pass or uwsgi_pass)',
        ],
        ['postern uwsgi.ini', 'an existing configuration'],
        ['postern --ini uwsgi.ini:production --processes auto', 'one section of it, as many workers as CPUs'],
      ])}

Every option of uWSGI is understood or named as unsupported: docs/uwsgi-options.md lists them all.
\`postern check uwsgi.ini\` looks a configuration over without starting it.`,
    )
}
