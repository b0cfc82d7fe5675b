// postern top: the running gateway, live, once a second, until q or Ctrl-C. Without a terminal it prints --count times.

import type { Command } from 'commander'
import type { Status } from '../../gateway/outside/status.ts'
import { type ClientOptions, demand, withControl } from '../gateway/client.ts'
import { statusText } from '../gateway/format.ts'
import { examples, say } from '../print.ts'

const home = '\u001b[H\u001b[2J'

/** Requests per second between two looks, and what was refused meanwhile. */
export function rates(before: Status, now: Status, seconds: number): string {
  const per = (a: number, b: number) => ((b - a) / seconds).toFixed(1)
  const refused = (status: Status) =>
    Object.values(status.requests.refused).reduce((sum, one) => sum + one, 0)
  return [
    `${per(before.requests.finished, now.requests.finished)} requests/s`,
    `${per(before.requests.statuses['5xx'] ?? 0, now.requests.statuses['5xx'] ?? 0)} 5xx/s`,
    `${per(refused(before), refused(now))} refused/s`,
    `queue ${now.queue.length}, oldest ${now.queue.oldestWaitMs} ms`,
  ].join('   ')
}

export function register(program: Command): void {
  withControl(program.command('top').description('the running gateway, live'))
    .option('-d, --delay <seconds>', 'time between two looks', '1')
    .option('-n, --count <number>', 'looks before it ends; default: until q or Ctrl-C', Number.parseInt)
    .addHelpText('after', examples([['postern top', 'requests per second, queue, each worker']]))
    .action(async (options: ClientOptions & { delay: string; count?: number }) => {
      const look = async () =>
        ((await demand(options, { command: 'status' })) as unknown as { status: Status }).status
      const delayMs = Math.max(100, Number(options.delay) * 1000)
      const live = process.stdout.isTTY === true
      let quit = false
      if (live && process.stdin.isTTY) {
        process.stdin.setRawMode(true)
        process.stdin.on('data', (keys) => {
          if (keys.includes('q') || keys.includes('\u0003')) quit = true
        })
      }
      let before = await look()
      let lookedAt = performance.now()
      const looks = options.count ?? (live ? Number.POSITIVE_INFINITY : 1)
      for (let n = 0; n < looks && !quit; n++) {
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        const now = await look()
        const seconds = (performance.now() - lookedAt) / 1000
        lookedAt = performance.now()
        say(`${live ? home : ''}${rates(before, now, seconds)}\n${statusText(now)}`)
        before = now
      }
      if (process.stdin.isTTY) process.stdin.setRawMode(false)
      process.stdin.pause()
    })
}
