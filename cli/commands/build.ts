// `postern build`: the site file becomes out/. Prints what was written and what to do with it.

import { relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Built } from '../../generate/build.ts'
import { accountOf, closedFolder } from '../../generate/reach.ts'
import { examples, note, say, warn } from '../print.ts'
import { whileCompressing } from '../progress.ts'

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
      const built = await whileCompressing((progress) =>
        buildSite({ config, progress, ...(options.out ? { out: options.out } : {}) }),
      )
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
      for (const line of instructions(built, folder)) note(line)
    })
}

/** What to do with it: a whole nginx, an existing one, or Debian's layout. */
function instructions({ site, facts }: Built, folder: string): string[] {
  const { gateway, name } = site
  const here = (path: string): string => resolve(folder, path)
  const named = site.debian.some(({ body, names }) => body && !names.includes('_'))
  const away = besideNginx(site, facts, here('run'))
  return [
    `run it: nginx -p . -c ${folder}/nginx.conf${gateway ? ` and node ${folder}/gateway.mjs, or postern up` : ''}`,
    `in an nginx that is there: http { include ${here('postern-http.conf')}; server { …; include ${here('postern.conf')}; } }`,
    named
      ? `on Debian or Ubuntu: cp -rsf ${here('debian')}/. /etc/nginx/ && ln -sf ../sites-available/${name}.conf /etc/nginx/sites-enabled/ && nginx -t && systemctl reload nginx`
      : 'on Debian or Ubuntu: give the site serverNames first; without a name it would only be the default server',
    ...(gateway
      ? [
          `beside an nginx that is there, the gateway runs by itself: postern systemd, or node ${folder}/gateway.mjs`,
        ]
      : []),
    ...away,
  ]
}

/** Somebody else's nginx has workers of its own user, who must get to the files and to the socket. */
function besideNginx({ gateway }: Built['site'], facts: Built['facts'], runDir: string): string[] {
  const user = facts.root ? undefined : accountOf('www-data')
  if (user === undefined) return []
  const closed = closedFolder(runDir, user)
  const socket =
    gateway !== undefined && gateway['chmod-socket'] === undefined && gateway['chown-socket'] === undefined
  return [
    ...(closed ? [`nginx’s user www-data may not enter ${closed}: chmod o+x it, or build below /srv`] : []),
    ...(socket
      ? [
          'nginx’s user www-data may not open a socket of yours: postern systemd gives it the group, else gateway: { "chmod-socket": "666" }',
        ]
      : []),
  ]
}
