// `postern build`: the site file becomes out/. Prints what was written and what to do with it.

import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Built } from '../../generate/build.ts'
import { examples, note, say, warn } from '../print.ts'

export function register(program: Command): void {
  program
    .command('build')
    .description('generate nginx.conf, njs scripts and the gateway’s options from the site file')
    .option('-c, --config <file>', 'the site file (default: postern.config.* in this folder)')
    .option('-o, --out <folder>', 'where to write (default: out/ beside the site file)')
    .option('--no-lint', 'do not lint what was written')
    .option('-q, --quiet', 'say nothing when all is well')
    .addHelpText(
      'after',
      examples([
        ['postern build', 'writes out/ from ./postern.config.ts'],
        [
          'postern build --config examples/mysite/postern.config.ts --out out',
          'another site file, another place',
        ],
      ]),
    )
    .action(async (options: { config?: string; out?: string; lint: boolean; quiet?: boolean }) => {
      const started = performance.now()
      const { findSiteFile } = await import('../../config/load.ts')
      const { buildSite } = await import('../../generate/build.ts')
      const config = options.config ? resolve(options.config) : findSiteFile(process.cwd())
      const built = await buildSite({ config, ...(options.out ? { out: options.out } : {}) })
      for (const text of built.notes) warn(text)
      if (options.lint) {
        const { lintBuilt } = await import('../lint-built.ts')
        const { findings, text } = await lintBuilt(built.out, built.facts.target.version.join('.'))
        if (findings.length > 0) {
          say(text)
          process.exitCode = 1
        }
      }
      if (options.quiet) return
      const { changed, removed, unchanged } = built.written
      const ms = Math.round(performance.now() - started)
      const near = relative(process.cwd(), built.out) || '.'
      const folder = near.startsWith('..') ? built.out : near
      say(
        `${folder}/: ${changed.length} files written, ${removed.length} removed, ${unchanged} unchanged, in ${ms} ms`,
      )
      for (const line of instructions(built.site, folder)) note(line)
    })
}

/** What to do with it: a whole nginx, an existing one, or Debian's layout. */
function instructions({ gateway, name }: Built['site'], folder: string): string[] {
  const here = (path: string): string => resolve(folder, path)
  return [
    `run it: nginx -p . -c ${folder}/nginx.conf${gateway ? ` and node ${folder}/gateway.mjs, or postern up` : ''}`,
    `in an nginx that is there: http { include ${here('postern-http.conf')}; server { …; include ${here('postern.conf')}; } }`,
    `on Debian or Ubuntu: ln -s ${here('debian/site.conf')} /etc/nginx/sites-enabled/${name}.conf && nginx -t && systemctl reload nginx`,
  ]
}
