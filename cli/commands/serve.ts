// postern serve: uWSGI's command line and files -> the gateway's options -> a running gateway in this process.

import type { Command } from 'commander'
import { PosternError } from '../../errors.ts'
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
      examples([
        ['postern --http :8000 --wsgi-file test.py', 'one file on port 8000'],
        ['postern --http :8000 --module mysite.wsgi --processes 4', 'Django'],
        ['postern uwsgi.ini', 'an existing configuration'],
        ['postern --ini uwsgi.ini:production', 'one section of it'],
      ]),
    )
    .action(() => {
      throw new PosternError('CLI_BAD_USAGE', { problem: 'serve is not there yet', remedy: 'soon' })
    })
}
