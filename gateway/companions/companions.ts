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
  private readonly options: GatewayOptions
  private readonly log: Log
  private readonly daemons: Daemons
  private cron: Cron
  private readonly pipes: (() => void)[]
  private watches: (() => void)[]

  constructor(options: GatewayOptions, log: Log, acts: FifoActs, onGroups: (groups: number[]) => void) {
    this.options = options
    this.log = log
    this.cron = new Cron(options, log)
    this.pipes = options['master-fifo'].map((path) => openFifo(resolve(path), acts, log))
    this.watches = this.watch()
    this.daemons = new Daemons(options, log, onGroups)
  }

  /** New code is in service; `changed` are the options that are not what they were. */
  reload(changed: readonly string[]): void {
    if (changed.includes('cron')) {
      this.cron.stop()
      this.cron = new Cron(this.options, this.log)
    }
    if (changed.includes('touch-exec') || changed.includes('touch-logrotate')) {
      for (const close of this.watches) close()
      this.watches = this.watch()
    }
    this.daemons.reload()
  }

  private watch(): (() => void)[] {
    const { options, log } = this
    return [
      ...options['touch-logrotate'].map((path) => touched(path, () => log.rotate())),
      ...options['touch-exec'].map((pair) => {
        const [, path = '', command = ''] = /^(\S+)\s+(.+)$/s.exec(pair) ?? []
        return touched(path, () => run(command, options, log))
      }),
    ]
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
    for (const close of [...this.pipes.splice(0), ...this.watches.splice(0)]) close()
  }
}

function run(command: string, options: GatewayOptions, log: Log): void {
  log.info('running', { moment: 'touch-exec', command })
  void ended(startCommand(command, options, log)).then((ending) => {
    if (ending !== '0') log.warning('command failed', { moment: 'touch-exec', command, ending })
  })
}
