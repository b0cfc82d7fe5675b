// The gateway's log: events as text or JSON lines, and what Python prints, to standard error or a file that can be reopened.
// Knows lines and one sink; must not know requests or workers.

import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'

export type Facts = Record<string, string | number | boolean | undefined>
export type Level = 'info' | 'warning' | 'error'

export interface Log {
  info(event: string, facts?: Facts): void
  warning(event: string, facts?: Facts): void
  error(event: string, facts?: Facts): void
  /** Text of more than one line that belongs to an event: a traceback, stacks. */
  block(event: string, text: string, facts?: Facts): void
  /** What Python printed, as it came. */
  output(bytes: Buffer): void
  /** One line of the access log, without its line end. */
  access(line: string): void
  /** After rotation: the same path again. */
  reopen(): void
  flush(): void
  close(): void
}

export type LogOptions = { path?: string | undefined; json?: boolean }

/** Access lines are gathered up to this many bytes, or this long, before they are written. */
const gatherBytes = 32 * 1024
const gatherMs = 100

const quote = (value: string | number | boolean): string => {
  const text = String(value)
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text)
}

export function textLine(time: Date, level: Level, event: string, facts: Facts): string {
  let line = `${time.toISOString()} ${level} ${event}`
  for (const [name, value] of Object.entries(facts))
    if (value !== undefined) line += ` ${name}=${quote(value)}`
  return line
}

export function openLog(options: LogOptions = {}): Log {
  let fd = options.path === undefined ? 2 : openSync(options.path, 'a', 0o640)
  let held = ''
  let timer: NodeJS.Timeout | undefined

  const put = (bytes: string | Buffer): void => {
    let rest = Buffer.from(bytes as string)
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(fd, rest))
      } catch (error) {
        // A full pipe (EAGAIN) is waited for, a log nobody reads or a full disk must not stop the service.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
    }
  }
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (held === '') return
    const lines = held
    held = ''
    put(lines)
  }
  const event = (level: Level, name: string, facts: Facts = {}): void => {
    flush()
    const time = new Date()
    const line = options.json
      ? JSON.stringify({ time: time.toISOString(), level, event: name, ...facts })
      : textLine(time, level, name, facts)
    put(`${line}\n`)
  }

  return {
    info: (name, facts) => event('info', name, facts),
    warning: (name, facts) => event('warning', name, facts),
    error: (name, facts) => event('error', name, facts),
    block(name, text, facts) {
      if (options.json) return event('error', name, { ...facts, text })
      event('error', name, facts)
      put(text.endsWith('\n') ? text : `${text}\n`)
    },
    output(bytes) {
      flush()
      if (!options.json) return put(bytes)
      const text = bytes.toString('utf8').replace(/\n$/, '')
      put(`${JSON.stringify({ time: new Date().toISOString(), level: 'info', event: 'python', text })}\n`)
    },
    access(line) {
      held += `${line}\n`
      if (held.length > gatherBytes) flush()
      else timer ??= setTimeout(flush, gatherMs).unref()
    },
    reopen() {
      flush()
      if (options.path === undefined) return
      const fresh = openSync(options.path, 'a', 0o640)
      closeSync(fd)
      fd = fresh
    },
    flush,
    close() {
      flush()
      if (options.path !== undefined && fstatSync(fd).isFile()) closeSync(fd)
    },
  }
}
