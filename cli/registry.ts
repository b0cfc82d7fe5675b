// Which commands there are: name, one-line summary, and how to get the module. Knows nothing of what they do.
// A module is imported only when its command runs, so that `postern --version` and `--help` stay quick.
// A new command is a row here and a file in commands/ exporting `register(program)`.

import type { Command } from 'commander'

/** What every file in cli/commands/ exports: adds its command, with options, examples and action, to the program. */
export type CommandModule = { register(program: Command): void }

export type CommandRow = { summary: string; load: () => Promise<CommandModule> }

export const commands: Record<string, CommandRow> = {
  build: {
    summary: 'generate nginx.conf, njs scripts and the gateway’s options from the site file',
    load: () => import('./commands/build.ts'),
  },
  serve: {
    summary: 'run WSGI applications; takes uWSGI’s options and files, and is what runs without a command',
    load: () => import('./commands/serve.ts'),
  },
  up: {
    summary: 'build the site, check it, run the gateway and nginx together in the foreground',
    load: () => import('./commands/up.ts'),
  },
}
