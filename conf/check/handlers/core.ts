// Directives of the main and events blocks, and logs to files and syslog.
import type { Call } from '../call.ts'
import { problemAt } from '../problem.ts'
import { readUrl } from '../url.ts'
import { readNumber, readSize, readTime } from '../values.ts'

export type Handler = (call: Call) => void

const LEVELS = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug']
const DEBUGS = [
  'debug_core',
  'debug_alloc',
  'debug_mutex',
  'debug_event',
  'debug_http',
  'debug_mail',
  'debug_stream',
]

export const errorLog: Handler = (call) => {
  const [target = '', ...levels] = call.args
  if (target.startsWith('syslog:')) syslog(call)
  else if (target.startsWith('memory:')) {
    const size = readSize(target.slice(7))
    if (size === undefined || size < 4096) call.fail(`invalid buffer size "${target.slice(7)}"`, 0)
  }
  let level: string | undefined
  for (const [index, word] of levels.entries()) {
    if (call.failed) return
    if (LEVELS.includes(word)) {
      if (level !== undefined) call.fail(`duplicate log level "${word}"`, index + 1, 'duplicate')
      level = word
    } else if (!DEBUGS.includes(word) || (level !== undefined && level !== 'debug')) {
      call.fail(`invalid log level "${word}"`, index + 1)
    } else level = undefined
  }
}

const FACILITIES =
  'kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  )
const SEVERITIES = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug']

/** `syslog:server=…,facility=…,tag=…` as the first argument. */
export function syslog(call: Call) {
  let server = false
  for (const part of call.arg(0).slice('syslog:'.length).split(',')) {
    if (call.failed) return
    const value = part.slice(part.indexOf('=') + 1)
    if (part.startsWith('server=')) {
      if (server) return call.fail('duplicate syslog "server"', 0, 'duplicate')
      server = true
      const url = readUrl(value, { defaultPort: 514 })
      if (url.err !== undefined) call.fail(`${url.err} in syslog server "${value}"`, 0)
    } else if (part.startsWith('facility=')) {
      if (!FACILITIES.includes(value)) call.fail(`unknown syslog facility "${value}"`, 0)
    } else if (part.startsWith('severity=')) {
      if (!SEVERITIES.includes(value)) call.fail(`unknown syslog severity "${value}"`, 0)
    } else if (part.startsWith('tag=')) {
      if (value.length > 32) call.fail('syslog tag length exceeds 32', 0)
      else if (!/^\w*$/.test(value)) {
        call.fail('syslog "tag" only allows alphanumeric characters and underscore', 0)
      }
    } else if (part !== 'nohostname') call.fail(`unknown syslog parameter "${part}"`, 0)
  }
  if (!call.failed && !server) call.fail('no syslog server specified', 0)
}

const workerProcesses: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (call.arg(0) !== 'auto' && readNumber(call.arg(0)) === undefined)
    call.says('invalid value', 'value', 0)
}

const workerCpuAffinity: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const masks = call.arg(0) === 'auto' ? call.args.slice(1) : call.args
  if (call.arg(0) === 'auto' && call.args.length > 2) {
    return call.fail('invalid number of arguments in "worker_cpu_affinity" directive', undefined, 'arguments')
  }
  for (const mask of masks) {
    const bad = /([^01 ])[01 ]*$/.exec(mask)
    if (bad !== null) return call.fail(`invalid character "${bad[1]}" in "worker_cpu_affinity"`)
  }
}

const workerPriority: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (readNumber(call.arg(0).replace(/^[-+]/, '')) === undefined) call.says('invalid number', 'value', 0)
}

const loadModule: Handler = (call) => {
  if (call.world.modulesUsed) call.says('is specified too late', 'structure')
}

const threadPool: Handler = (call) => {
  const [name = '', ...rest] = call.args
  let threads = false
  if (call.world.threadPools.has(name)) return call.fail(`duplicate thread pool "${name}"`, 0, 'duplicate')
  for (const [index, word] of rest.entries()) {
    if (word.startsWith('threads=')) {
      threads = true
      if (!readNumber(word.slice(8))) return call.fail(`invalid threads value "${word}"`, index + 1)
    } else if (word.startsWith('max_queue=') && readNumber(word.slice(10)) === undefined) {
      return call.fail(`invalid max_queue value "${word}"`, index + 1)
    }
  }
  if (!threads) call.fail(`"thread_pool" must have "threads" parameter`)
  call.world.threadPools.add(name)
}

const workerConnections: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (readNumber(call.arg(0)) === undefined) call.fail(`invalid number "${call.arg(0)}"`, 0)
  else checkConnections(call)
}

/** One connection for each socket that is listened on, and one to spare. */
function checkConnections(call: Call) {
  const { world } = call
  const wanted = readNumber(call.arg(0)) as number
  world.atEnd.push(() => {
    if (!world.whole) return
    const keys = [
      ...(world.http?.listens.keys() ?? []),
      ...(world.stream?.listens.keys() ?? []),
      ...world.mailListens,
    ]
    // Sockets of one port may become one.
    const sockets = new Set(
      keys.map((key) => (key.startsWith('unix:') ? key : key.slice(key.lastIndexOf(':')))),
    ).size
    if (wanted > sockets) return
    const message = `${wanted} worker_connections are not enough for ${sockets} listening sockets`
    world.problems.push(problemAt(call.directive, message, 0, 'conflict', 'error'))
  })
}

const EVENT_TYPES = ['epoll', 'poll', 'select', 'kqueue', '/dev/poll', 'eventport', 'iocp']

const use: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (!EVENT_TYPES.includes(call.arg(0))) call.fail(`invalid event type "${call.arg(0)}"`, 0)
}

/** `resolver 127.0.0.1 valid=10s`: names of servers are not looked up. */
export const resolver: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  let servers = 0
  const families: string[] = []
  for (const [index, word] of call.args.entries()) {
    if (word.startsWith('valid=')) {
      if (readTime(word.slice(6), true) === undefined) return call.fail(`invalid parameter: ${word}`, index)
    } else if (/^ipv[46]=/.test(word)) {
      const family = word.slice(0, 4)
      const value = word.slice(5)
      if (family === 'ipv4' && call.world.minor < 23) servers++
      else if (value !== 'on' && value !== 'off') return call.fail(`invalid parameter: ${word}`, index)
      else if (value === 'off') families.push(family)
    } else if (!word.startsWith('status_zone=')) {
      servers++
      const url = readUrl(word, { defaultPort: 53 })
      if (url.err !== undefined) return call.fail(`${url.err} in resolver "${word}"`, index)
    }
  }
  if (new Set(families).size === 2) call.fail('"ipv4" and "ipv6" cannot both be "off"')
  else if (servers === 0 && call.arg(0) !== 'off') call.fail('no name servers defined')
}

const once: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
}

export const core: Record<string, Handler> = {
  'CORE:user': once,
  'CORE:error_log': errorLog,
  'HTTP:error_log': errorLog,
  'MAIL:error_log': errorLog,
  'STRM:error_log': errorLog,
  'CORE:worker_processes': workerProcesses,
  'CORE:worker_cpu_affinity': workerCpuAffinity,
  'CORE:worker_priority': workerPriority,
  'CORE:load_module': loadModule,
  'CORE:thread_pool': threadPool,
  'EVNT:worker_connections': workerConnections,
  'EVNT:use': use,
  'HTTP:resolver': resolver,
  'MAIL:resolver': resolver,
  'STRM:resolver': resolver,
}
