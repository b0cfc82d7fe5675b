// `postern up`: build, nginx -t, then gateway and nginx together in the foreground. Development, demo, container.

import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import { examples, note, say, warn } from '../print.ts'
import { whileCompressing } from '../progress.ts'

type Options = { config?: string; out?: string; port?: string }

export function register(program: Command): void {
  program
    .command('up')
    .description('build the site, check it, run the gateway and nginx together in the foreground')
    .option('-c, --config <file>', 'the site file (default: postern.config.* in this folder)')
    .option('-o, --out <folder>', 'where to write (default: out/ beside the site file)')
    .option('-p, --port <port>', 'listen on this port or address instead of the site file’s')
    .addHelpText(
      'after',
      examples([
        ['postern up', 'the site of this folder; Ctrl-C stops both'],
        ['postern up --port 8001', 'on another port'],
        ['postern up --config shop/postern.config.ts', 'another site file'],
      ]),
    )
    .action(async (options: Options) => {
      const { findSiteFile } = await import('../../config/load.ts')
      const { buildSite } = await import('../../generate/build.ts')
      const { runUp } = await import('../up/run.ts')
      const { planUp } = await import('../up/plan.ts')
      const config = options.config ? resolve(options.config) : findSiteFile(process.cwd())
      const built = await whileCompressing((progress) =>
        buildSite({
          config,
          progress,
          ...(options.out ? { out: options.out } : {}),
          ...(options.port ? { listen: [options.port] } : {}),
        }),
      )
      // The compiler's own process would stay for as long as the site runs.
      await (await import('esbuild')).stop()
      for (const text of built.notes) warn(text)
      const folder = relative(process.cwd(), built.out) || '.'
      note(`built ${folder}/ from ${relative(process.cwd(), config)}`)
      process.exitCode = await runUp(planUp(built), {
        say,
        note,
        line: (text) => process.stderr.write(`${text}\n`),
      })
    })
}
