// postern stop: the gateway answers what it has, then it ends; this command waits for that.

import type { Command } from 'commander'
import { PosternError } from '../../errors.ts'
import { type ClientOptions, demand, withControl } from '../gateway/client.ts'
import { examples, say } from '../print.ts'

const pollMs = 50

export function register(program: Command): void {
  withControl(program.command('stop').description('stop the gateway after the requests it has'))
    .option('--no-wait', 'come back at once')
    .option('--timeout <seconds>', 'wait at most so long', '120')
    .addHelpText('after', examples([['postern stop', 'as SIGTERM does, and waits for the end']]))
    .action(async (options: ClientOptions & { wait: boolean; timeout: string }) => {
      const answer = await demand(options, { command: 'stop' })
      const pid = Number(answer.pid)
      if (!options.wait) {
        say(`gateway ${pid} is stopping`)
        return
      }
      const limit = performance.now() + Number(options.timeout) * 1000
      while (isAlive(pid)) {
        if (performance.now() > limit) {
          throw new PosternError('GATEWAY_STILL_THERE', { pid, seconds: Number(options.timeout) })
        }
        await new Promise((resolve) => setTimeout(resolve, pollMs))
      }
      say(`gateway ${pid} has stopped`)
    })
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
