// postern status: what a running gateway is doing, once.

import type { Command } from 'commander'
import type { Status } from '../../gateway/outside/status.ts'
import { type ClientOptions, demand, withControl } from '../gateway/client.ts'
import { statusText } from '../gateway/format.ts'
import { examples, say, sayJson } from '../print.ts'

export function register(program: Command): void {
  withControl(program.command('status').description('what the running gateway is doing'))
    .option('--json', 'everything, as JSON')
    .addHelpText(
      'after',
      examples([
        ['postern status', 'queue, requests and workers'],
        ['postern status --json | jq .queue', 'for programs'],
      ]),
    )
    .action(async (options: ClientOptions) => {
      const { status } = (await demand(options, { command: 'status' })) as unknown as { status: Status }
      if (options.json) sayJson(status)
      else say(statusText(status))
    })
}
