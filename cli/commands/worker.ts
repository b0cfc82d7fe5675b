// postern worker add|remove: more or fewer workers, until the gateway is started anew.

import { type Command, InvalidArgumentError } from 'commander'
import { type ClientOptions, demand, withControl } from '../gateway/client.ts'
import { examples, say } from '../print.ts'

function readCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > 1024)
    throw new InvalidArgumentError('a number from 1 to 1024.')
  return count
}

export function register(program: Command): void {
  const worker = program
    .command('worker')
    .description('add or remove workers of the running gateway')
    .addHelpText(
      'after',
      examples([
        ['postern worker add', 'one more'],
        ['postern worker remove 2', 'two fewer'],
      ]),
    )
  for (const [name, sign] of [
    ['add', 1],
    ['remove', -1],
  ] as const) {
    withControl(worker.command(name).description(`${name} workers`))
      .argument('[count]', 'how many', readCount, 1)
      .addHelpText('after', examples([[`postern worker ${name} 2`, `${name}s two`]]))
      .action(async (count: number, options: ClientOptions) => {
        const answer = await demand(options, { command: 'worker', by: sign * count })
        say(`${answer.wanted} workers wanted`)
      })
  }
}
