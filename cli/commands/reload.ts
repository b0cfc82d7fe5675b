// postern reload: new code, worker by worker; the old code stays if the new one does not load (exit 4).

import type { Command } from 'commander'
import { PosternError } from '../../errors.ts'
import { ask, type ClientOptions, findControl, withControl } from '../gateway/client.ts'
import { examples, note, say, sayJson } from '../print.ts'

export function register(program: Command): void {
  withControl(program.command('reload').description('load the application anew, without losing a request'))
    .option('--json', 'the answer as JSON')
    .addHelpText(
      'after',
      examples([['postern reload', 'exit 0: every worker runs the new code; 4: it did not load']]),
    )
    .action(async (options: ClientOptions) => {
      const answer = await ask(findControl(options.control), { command: 'reload' })
      if (options.json) sayJson(answer)
      if (answer.ok) {
        if (!options.json) say(`generation ${answer.generation} is in service`)
        return
      }
      if (!options.json && typeof answer.traceback === 'string')
        note(`the application says:\n${answer.traceback}`)
      throw new PosternError('RELOAD_FAILED', {
        text: answer.text,
        hint: typeof answer.hint === 'string' ? answer.hint : undefined,
      })
    })
}
