// Which commands there are: name, one-line summary, and how to get the module. Knows nothing of what they do.
// A module is imported only when its command runs, so that `postern --version` and `--help` stay quick.
// A new command is a row of its group here and a file in commands/ exporting `register(program)`.

import type { Command } from 'commander'

/** What every file in cli/commands/ exports: adds its command, with options, examples and action, to the program. */
export type CommandModule = { register(program: Command): void }

export type CommandRow = { summary: string; load: () => Promise<CommandModule> }

/** In the order of the help: by what they are about, the first ones first. */
export const groups: [title: string, rows: Record<string, CommandRow>][] = [
  [
    'A site',
    {
      init: {
        summary: 'look at a project and write its site file',
        load: () => import('./commands/init.ts'),
      },
      up: {
        summary: 'build the site, check it, run the gateway and nginx together in the foreground',
        load: () => import('./commands/up.ts'),
      },
      build: {
        summary: 'generate nginx.conf, njs scripts and the gateway’s options from the site file',
        load: () => import('./commands/build.ts'),
      },
      diff: {
        summary: 'show what a change of the site file changes in nginx’s terms',
        load: () => import('./commands/diff.ts'),
      },
      apply: {
        summary: 'put a change of the site file in service, or roll it back',
        load: () => import('./commands/apply.ts'),
      },
    },
  ],
  [
    'nginx’s configuration',
    {
      lint: {
        summary: 'find faults in nginx configurations, say why, and repair what can be repaired safely',
        load: () => import('./commands/lint.ts'),
      },
      explain: {
        summary: 'say what a lint rule is about and how to get it right',
        load: () => import('./commands/explain.ts'),
      },
      fmt: {
        summary: 'lay out nginx configuration files; changes white space only',
        load: () => import('./commands/fmt.ts'),
      },
      parse: {
        summary: 'print an nginx configuration as JSON, in the shape of crossplane’s payload',
        load: () => import('./commands/parse.ts'),
      },
      doctor: {
        summary: 'look at nginx, the application and the machine together, and say what to do',
        load: () => import('./commands/doctor.ts'),
      },
    },
  ],
  [
    'The gateway',
    {
      serve: {
        summary: 'run WSGI applications; takes uWSGI’s options and files, and is what runs without a command',
        load: () => import('./commands/serve.ts'),
      },
      status: {
        summary: 'what the running gateway is doing',
        load: () => import('./commands/status.ts'),
      },
      top: {
        summary: 'the running gateway, live',
        load: () => import('./commands/top.ts'),
      },
      reload: {
        summary: 'load the application anew, without losing a request',
        load: () => import('./commands/reload.ts'),
      },
      stop: {
        summary: 'stop the running gateway after the requests it has',
        load: () => import('./commands/stop.ts'),
      },
      worker: {
        summary: 'add or remove workers of the running gateway',
        load: () => import('./commands/worker.ts'),
      },
      systemd: {
        summary: 'print systemd units for the gateway and nginx',
        load: () => import('./commands/systemd.ts'),
      },
    },
  ],
  [
    'From uWSGI',
    {
      check: {
        summary: 'look a configuration of uWSGI over without starting it',
        load: () => import('./commands/check.ts'),
      },
      migrate: {
        summary: 'write a site file and a report from a configuration of uWSGI',
        load: () => import('./commands/migrate.ts'),
      },
    },
  ],
]

export const commands: Record<string, CommandRow> = Object.assign({}, ...groups.map(([, rows]) => rows))
