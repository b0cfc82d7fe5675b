// Everything that lives beside the workers for as long as the gateway does: daemons, schedules, the named pipe, files that
// are touched. Ties them to the gateway; each is a file of its own.

import { resolve } from 'node:path'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import { touched } from '../outside/watch.ts'
import { Cron } from './cron.ts'
import { Daemons } from './daemons.ts'
import { type FifoActs, openFifo } from './fifo.ts'
import { ended, startCommand } from './shell.ts'

export class Companions {
  private readonly daemons: Daemons
  private readonly cron: Cron
  private readonly closers: (() => void)[] = []

  constructor(options: GatewayOptions, log: Log, acts: FifoActs) {
    this.cron = new Cron(options, log)
    for (const path of options['master-fifo']) this.closers.push(openFifo(resolve(path), acts, log))
    for (const path of options['touch-logrotate']) this.closers.push(touched(path, () => log.rotate()))
    for (const pair of options['touch-exec']) {
      const [, path = '', command = ''] = /^(\S+)\s+(.+)$/s.exec(pair) ?? []
      this.closers.push(touched(path, () => run(command, options, log)))
    }
    this.daemons = new Daemons(options, log)
  }

  async stop(): Promise<void> {
    this.close()
    await this.daemons.stop()
  }

  kill(): void {
    this.close()
    this.daemons.kill()
  }

  private close(): void {
    this.cron.stop()
    for (const close of this.closers.splice(0)) close()
  }
}

function run(command: string, options: GatewayOptions, log: Log): void {
  log.info('running', { moment: 'touch-exec', command })
  void ended(startCommand(command, options, log)).then((ending) => {
    if (ending !== '0') log.warning('command failed', { moment: 'touch-exec', command, ending })
  })
}
