// Which commands there are: name, one-line summary, and how to get the module. Knows nothing of what they do.
// A module is imported only when its command runs, so that `postern --version` and `--help` stay quick.
// A new command is a row here and a file in commands/ exporting `register(program)`.

import type { Command } from 'commander'

/** What every file in cli/commands/ exports: adds its command, with options, examples and action, to the program. */
export type CommandModule = { register(program: Command): void }

export type CommandRow = { summary: string; load: () => Promise<CommandModule> }

export const commands: Record<string, CommandRow> = {
  init: {
    summary: 'look at a project and write its site file',
    load: () => import('./commands/init.ts'),
  },
  diff: {
    summary: 'show what a change of the site file changes in nginx’s terms',
    load: () => import('./commands/diff.ts'),
  },
  apply: {
    summary: 'put a change of the site file in service, or roll it back',
    load: () => import('./commands/apply.ts'),
  },
  lint: {
    summary: 'find faults in nginx configurations, say why, and repair what can be repaired safely',
    load: () => import('./commands/lint.ts'),
  },
  doctor: {
    summary: 'look at nginx, the application and the machine together, and say what to do',
    load: () => import('./commands/doctor.ts'),
  },
  explain: {
    summary: 'say what a lint rule is about and how to get it right',
    load: () => import('./commands/explain.ts'),
  },
  build: {
    summary: 'generate nginx.conf, njs scripts and the gateway’s options from the site file',
    load: () => import('./commands/build.ts'),
  },
  reload: {
    summary: 'load the application anew, without losing a request',
    load: () => import('./commands/reload.ts'),
  },
  check: {
    summary: 'look a configuration of uWSGI over without starting it',
    load: () => import('./commands/check.ts'),
  },
  migrate: {
    summary: 'write a site file and a report from a configuration of uWSGI',
    load: () => import('./commands/migrate.ts'),
  },
  serve: {
    summary: 'run WSGI applications; takes uWSGI’s options and files, and is what runs without a command',
    load: () => import('./commands/serve.ts'),
  },
  status: {
    summary: 'what the running gateway is doing',
    load: () => import('./commands/status.ts'),
  },
  stop: {
    summary: 'stop the running gateway after the requests it has',
    load: () => import('./commands/stop.ts'),
  },
  systemd: {
    summary: 'print systemd units for the gateway and nginx',
    load: () => import('./commands/systemd.ts'),
  },
  top: {
    summary: 'the running gateway, live',
    load: () => import('./commands/top.ts'),
  },
  up: {
    summary: 'build the site, check it, run the gateway and nginx together in the foreground',
    load: () => import('./commands/up.ts'),
  },
  worker: {
    summary: 'add or remove workers of the running gateway',
    load: () => import('./commands/worker.ts'),
  },
  parse: {
    summary: 'print an nginx configuration as JSON, in the shape of crossplane’s payload',
    load: () => import('./commands/parse.ts'),
  },
  fmt: {
    summary: 'lay out nginx configuration files; changes white space only',
    load: () => import('./commands/fmt.ts'),
  },
}
