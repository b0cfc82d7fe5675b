// `postern apply`: the change of the site file, in service or not at all.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { examples, note, say, warn } from '../print.ts'

type Options = {
  config?: string
  out?: string
  verify?: string
  lint: boolean
  nginxConf?: string
  nginxPid: string
  nginxLog: string
}

export function register(program: Command): void {
  program
    .command('apply')
    .description(
      'build, lint, nginx -t, switch, reload nginx and gateway, ask the site; roll back when anything fails',
    )
    .option('-c, --config <file>', 'the site file (default: postern.config.* in this folder)')
    .option('-o, --out <folder>', 'the built site (default: out/ beside the site file)')
    .option('--verify <path>', 'what to ask afterwards (default: the health path, else /); 5xx is a failure')
    .option('--nginx-conf <file>', 'the nginx that includes the drop-in forms, such as /etc/nginx/nginx.conf')
    .option('--nginx-pid <file>', 'its pid file', '/run/nginx.pid')
    .option('--nginx-log <file>', 'its error log', '/var/log/nginx/error.log')
    .option('--no-lint', 'do not ask the linter')
    .addHelpText(
      'after',
      examples([
        ['postern apply', 'exit 0: in service; else everything is as it was'],
        ['postern diff', 'look first'],
      ]),
    )
    .action(async (options: Options) => {
      const { findSiteFile } = await import('../../config/load.ts')
      const { apply } = await import('../apply/apply.ts')
      const config = options.config ? resolve(options.config) : findSiteFile(process.cwd())
      const result = await apply(
        {
          config,
          lint: options.lint,
          ...(options.out ? { out: options.out } : {}),
          ...(options.verify ? { path: options.verify } : {}),
          ...(options.nginxConf
            ? {
                host: { conf: resolve(options.nginxConf), pid: options.nginxPid, errorLog: options.nginxLog },
              }
            : {}),
        },
        { step: note, warn },
      )
      if (result === 'applied') say('applied')
    })
}
