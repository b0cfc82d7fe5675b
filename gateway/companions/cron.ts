// cron: `minute hour day month weekday command` with uWSGI's numbers (-1 every, -n every n-th). When a line is due is a
// pure function; one timer wakes at the start of each minute.

import { PosternError } from '../../errors.ts'
import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import { ended, startCommand } from './shell.ts'

export type CronLine = {
  minute: number
  hour: number
  day: number
  month: number
  weekday: number
  command: string
}

const ranges: [keyof Omit<CronLine, 'command'>, number, number][] = [
  ['minute', 0, 59],
  ['hour', 0, 23],
  ['day', 1, 31],
  ['month', 1, 12],
  ['weekday', 0, 7],
]

export function readCron(text: string): CronLine {
  const found = /^\s*(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(\S[\s\S]*)$/.exec(text)
  if (found === null) throw new PosternError('CRON_BAD_LINE', { text, problem: 'five numbers and a command' })
  const line = { command: found[6] as string } as CronLine
  for (const [index, [name, least, most]] of ranges.entries()) {
    const value = Number(found[index + 1])
    if (value > most || (value >= 0 && value < least) || value < -most) {
      throw new PosternError('CRON_BAD_LINE', {
        text,
        problem: `${name} from ${least} to ${most}, or negative`,
      })
    }
    line[name] = value
  }
  return line
}

/** Whether the line runs in the minute of `time` (local time). */
export function isDue(line: CronLine, time: Date): boolean {
  const weekday = time.getDay()
  return (
    matches(line.minute, time.getMinutes()) &&
    matches(line.hour, time.getHours()) &&
    matches(line.day, time.getDate()) &&
    matches(line.month, time.getMonth() + 1) &&
    (matches(line.weekday, weekday) || (line.weekday === 7 && weekday === 0))
  )
}

const matches = (wanted: number, now: number): boolean =>
  wanted >= 0 ? wanted === now : wanted === -1 || now % -wanted === 0

export class Cron {
  private readonly lines: CronLine[]
  private readonly running = new Set<CronLine>()
  private readonly run: (command: string) => Promise<string>
  private readonly log: Log
  private timer: NodeJS.Timeout | undefined

  constructor(options: GatewayOptions, log: Log, run?: (command: string) => Promise<string>) {
    this.lines = options.cron.map(readCron)
    this.log = log
    this.run = run ?? ((command) => ended(startCommand(command, options, log)))
    if (this.lines.length > 0) this.wait()
  }

  private wait(): void {
    // One millisecond into the minute: a timer that fires early would run a line twice.
    this.timer = setTimeout(
      () => {
        this.tick(new Date())
        this.wait()
      },
      60_001 - (Date.now() % 60_000),
    )
    this.timer.unref()
  }

  /** Starts what is due; a run that has not ended is not started again. */
  tick(time: Date): void {
    for (const line of this.lines) {
      if (!isDue(line, time)) continue
      if (this.running.has(line)) {
        this.log.warning('cron: still running', { command: line.command })
        continue
      }
      this.running.add(line)
      void this.run(line.command).then((ending) => {
        this.running.delete(line)
        const facts = { command: line.command, ending }
        if (ending === '0') this.log.info('cron: done', facts)
        else this.log.warning('cron: failed', facts)
      })
    }
  }

  stop(): void {
    clearTimeout(this.timer)
  }
}
