// postern doctor: looks at a machine and a project as a whole, and says what to do about what it finds.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { DEFAULT_CONF, type Options } from '../doctor/options.ts'
import { examples } from '../print.ts'

export function register(program: Command): void {
  program
    .command('doctor')
    .description('look at nginx, the application and the machine together, and say what to do')
    .argument('[folder]', 'the project', '.')
    .option('--conf <file>', `nginx’s configuration (default: out/nginx.conf, nginx.conf, ${DEFAULT_CONF})`)
    .option('--django <folder>', 'the folder of manage.py')
    .option('--settings <module>', 'its settings module')
    .option('--uwsgi <file>', 'uWSGI’s configuration')
    .option('--gateway <file>', 'the gateway’s options (out/gateway.json)')
    .option('--nginx <version>', 'the nginx that runs it (default: the installed one)')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      examples([
        ['postern doctor', 'the project in this folder'],
        [
          'postern doctor --conf /etc/nginx/nginx.conf --django /srv/mysite --uwsgi /etc/uwsgi/mysite.ini',
          'a machine',
        ],
      ]),
    )
    .action(async (folder: string, options: Options) => {
      const { doctor } = await import('../doctor/run.ts')
      process.exitCode = await doctor(resolve(folder), options)
    })
}
