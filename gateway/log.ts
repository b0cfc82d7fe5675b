// The gateway's log: events as text or JSON lines, and what Python prints, to standard error or a file that can be reopened.
// Knows lines and one sink; must not know requests or workers.

import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'
import { PosternError } from '../errors.ts'
import { asJsonLines, type Facts, type Level, textLine } from './log-lines.ts'
import type { GatewayOptions } from './options.ts'

export type { Facts, Level } from './log-lines.ts'

export interface Log {
  info(event: string, facts?: Facts): void
  warning(event: string, facts?: Facts): void
  error(event: string, facts?: Facts): void
  /** Text of more than one line that belongs to an event: a traceback, stacks. */
  block(event: string, text: string, facts?: Facts, level?: Level): void
  /** What Python printed, as it came. */
  output(bytes: Buffer): void
  /** One line of the access log, without its line end. */
  access(line: string): void
  /** After rotation: the same path again. */
  reopen(): void
  /** Moves the file away and begins a new one. */
  rotate(): void
  flush(): void
  close(): void
}

export type LogOptions = {
  path?: string | undefined
  /** The option that names the path, for messages. */
  option?: string
  json?: boolean
  /** strftime format of the time before every text line; default ISO 8601. */
  date?: string | undefined
  /** Bytes after which the file is moved away; 0 is never. */
  maxBytes?: number
  backupName?: string | undefined
  truncate?: boolean
}

/** The part of the gateway's options that is about its log. */
export const logOptions = (options: GatewayOptions): LogOptions => ({
  path: options.logto,
  json: options['log-json'],
  date: options['log-date'],
  maxBytes: options['log-maxsize'],
  backupName: options['log-backupname'],
  truncate: options['log-truncate'],
})

/** The log, and the access log in a file of its own where `req-logto` names one. */
export function openLogs(options: GatewayOptions): Log {
  const log = openLog(logOptions(options))
  const path = options['req-logto']
  if (path === undefined) return log
  // Two files cannot be moved to one name.
  const own = { path: path === '-' ? undefined : path, option: 'req-logto', backupName: undefined }
  const requests = openLog({ ...logOptions(options), ...own })
  const both = (act: 'reopen' | 'rotate' | 'flush' | 'close') => () => {
    requests[act]()
    log[act]()
  }
  return {
    ...log,
    access: requests.access,
    reopen: both('reopen'),
    rotate: both('rotate'),
    flush: both('flush'),
    close: both('close'),
  }
}

/** Access lines are gathered up to this many bytes, or this long, before they are written. */
const gatherBytes = 32 * 1024
const gatherMs = 100

function openFile(what: string, path: string, how: 'w' | 'a'): number {
  try {
    return openSync(path, how, 0o640)
  } catch (cause) {
    throw new PosternError('FILE_NOT_WRITABLE', { what, path, reason: (cause as Error).message }, { cause })
  }
}

/** The name, or with a number after it when there is such a file already. */
function freeName(name: string): string {
  let free = name
  for (let number = 1; existsSync(free); number++) free = `${name}.${number}`
  return free
}

export function openLog(options: LogOptions = {}): Log {
  const { path, maxBytes = 0 } = options
  let fd = path === undefined ? 2 : openFile(options.option ?? 'logto', path, options.truncate ? 'w' : 'a')
  let size = maxBytes > 0 && path !== undefined ? fstatSync(fd).size : 0
  let held = ''
  let timer: NodeJS.Timeout | undefined

  const put = (bytes: string | Buffer): void => {
    let rest = Buffer.from(bytes as string)
    size += rest.length
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(fd, rest))
      } catch (error) {
        // A full pipe (EAGAIN) is waited for, a log nobody reads or a full disk must not stop the service.
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
      }
    }
    if (maxBytes > 0 && size > maxBytes) rotate()
  }
  /** What was open stays in use when the path cannot be opened: a log that goes on in the old file beats none. */
  const open = (): void => {
    if (path === undefined) return
    let fresh: number
    try {
      fresh = openSync(path, 'a', 0o640)
    } catch (error) {
      event('error', 'log cannot be reopened, it goes on in the old file', {
        path,
        reason: (error as Error).message,
      })
      return
    }
    closeSync(fd)
    fd = fresh
    size = fstatSync(fd).size
  }
  const rotate = (): void => {
    if (path === undefined) return
    size = 0 // whatever comes of it: not again at the next line
    try {
      renameSync(path, options.backupName ?? freeName(`${path}.${Math.floor(Date.now() / 1000)}`))
      open()
    } catch {
      // The folder is not ours to write: the log goes on in the same file.
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
      : textLine(time, level, name, facts, options.date)
    put(`${line}\n`)
  }

  return {
    info: (name, facts) => event('info', name, facts),
    warning: (name, facts) => event('warning', name, facts),
    error: (name, facts) => event('error', name, facts),
    block(name, text, facts, level = 'error') {
      if (options.json) return event(level, name, { ...facts, text })
      event(level, name, facts)
      put(text.endsWith('\n') ? text : `${text}\n`)
    },
    output(bytes) {
      flush()
      put(options.json ? asJsonLines(bytes.toString('utf8')) : bytes)
    },
    access(line) {
      held += `${line}\n`
      if (held.length > gatherBytes) flush()
      else timer ??= setTimeout(flush, gatherMs).unref()
    },
    reopen() {
      flush()
      open()
    },
    rotate() {
      flush()
      rotate()
    },
    flush,
    close() {
      flush()
      if (options.path !== undefined && fstatSync(fd).isFile()) closeSync(fd)
    },
  }
}
