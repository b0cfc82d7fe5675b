// `postern diff`: what the site file, as it is now, would change in nginx and the gateway. Changes nothing.

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { colours, examples, note, say, sayJson, warn } from '../print.ts'
import { whileCompressing } from '../progress.ts'

type Options = { config?: string; out?: string; json?: boolean; unified?: boolean; exitCode?: boolean }

export function register(program: Command): void {
  program
    .command('diff')
    .description('show what a change of the site file changes in nginx’s terms, without applying it')
    .option('-c, --config <file>', 'the site file (default: postern.config.* in this folder)')
    .option('-o, --out <folder>', 'the built site (default: out/ beside the site file)')
    .option('-u, --unified', 'whole files, as diff -u')
    .option('--exit-code', 'exit 1 when there is a difference')
    .option('--json', 'for machines')
    .addHelpText(
      'after',
      examples([
        ['postern diff', 'directives that come and go'],
        ['postern diff --exit-code', 'for CI: is out/ up to date?'],
      ]),
    )
    .action(async (options: Options) => {
      const { findSiteFile } = await import('../../config/load.ts')
      const { planBuild } = await import('../../generate/build.ts')
      const { differences, printDifferences } = await import('../apply/report.ts')
      const config = options.config ? resolve(options.config) : findSiteFile(process.cwd())
      const built = await whileCompressing((progress) =>
        planBuild({ config, dry: true, progress, ...(options.out ? { out: options.out } : {}) }),
      )
      const found = await differences(built)
      if (options.json) {
        const { confChanges } = await import('../../generate/changes.ts')
        sayJson(
          found.map(({ path, kind, before, after }) => ({
            path,
            kind,
            ...(path === 'nginx.conf' ? { blocks: confChanges(before, after) } : {}),
          })),
        )
      } else {
        for (const text of built.notes) warn(text)
        for (const line of await printDifferences(found, colours, options.unified ?? false)) say(line)
        if (found.length === 0) note('no difference: out/ is what the site file says')
      }
      if (options.exitCode && found.length > 0) process.exitCode = 1
    })
}
