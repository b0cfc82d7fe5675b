// The access log: uWSGI's log-format variables or JSON, and which requests are worth a line.
// Compiled once into a list of parts; knows jobs and lanes only as facts to print.

import type { Log } from '../log.ts'
import type { GatewayOptions } from '../options.ts'
import type { OnDone } from '../pool/dispatch.ts'
import type { Job } from '../pool/job.ts'
import type { Lane } from '../pool/lane.ts'
import { type Memory, readMemory } from '../pool/rss.ts'
import type { Worker } from '../pool/worker.ts'
import { countVariables } from '../protocol/marshal.ts'
import { skipper } from './log-skip.ts'
import { strftime } from './strftime.ts'

export const defaultFormat =
  '%(addr) - %(user) [%(ltime)] "%(method) %(uri) %(proto)" %(status) %(size) "%(referer)" "%(uagent)" %(msecs)ms id=%(reqid) worker=%(wid)'

type Facts = { job: Job; worker: Worker | undefined; lane: Lane | undefined; micros: number; time: Date }
type Read = (facts: Facts) => string | number

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const two = (value: number): string => String(value).padStart(2, '0')

/** `22/Nov/2026:17:55:24 +0000` */
export function logTime(time: Date): string {
  const offset = -time.getTimezoneOffset()
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  return `${two(time.getDate())}/${months[time.getMonth()]}/${time.getFullYear()}:${clock} ${zone}`
}

/** `Sun Nov 22 17:55:24 2026` */
function ctime(time: Date): string {
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`
  const day = String(time.getDate()).padStart(2, ' ')
  return `${days[time.getDay()]} ${months[time.getMonth()]} ${day} ${clock} ${time.getFullYear()}`
}

/** A client chooses these texts: nothing in them may end a line or a quotation. */
export const harmless = (text: string): string =>
  text.replace(/[\x00-\x1f\x7f"\\]/g, (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`)

const variable =
  (name: string): Read =>
  ({ job }) =>
    harmless(job.exchange.variable(name) || '-')

const memoryAgeMs = 1_000
const memories = new WeakMap<Worker, { at: number; bytes: Memory }>()

/** A worker's memory, at most a second old. */
function memoryOf(worker: Worker | undefined): Memory {
  if (worker === undefined) return { rssBytes: 0, asBytes: 0 }
  const now = performance.now()
  const known = memories.get(worker)
  if (known !== undefined && now - known.at < memoryAgeMs) return known.bytes
  const bytes = readMemory(worker.pid) ?? { rssBytes: 0, asBytes: 0 }
  memories.set(worker, { at: now, bytes })
  return bytes
}

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
/** The client left before its answer. */
const leftEarly: Read = ({ job }) => (job.status === 499 ? 1 : 0)

/** uWSGI's names (core/logging.c) and `reqid`. What postern cannot know is `-`, as in uWSGI. */
export const variables: Record<string, Read> = {
  uri: ({ job }) => harmless(job.exchange.uri),
  method: ({ job }) => harmless(job.exchange.method),
  user: variable('REMOTE_USER'),
  addr: ({ job }) => harmless(job.exchange.remoteAddr) || '-',
  host: variable('HTTP_HOST'),
  proto: variable('SERVER_PROTOCOL'),
  uagent: variable('HTTP_USER_AGENT'),
  referer: variable('HTTP_REFERER'),
  status: ({ job }) => job.status,
  rsize: ({ job }) => job.bodyBytes,
  hsize: ({ job }) => job.headBytes,
  size: ({ job }) => job.headBytes + job.bodyBytes,
  cl: ({ job }) => Math.max(0, job.exchange.bodyLength),
  micros: ({ micros }) => Math.round(micros),
  msecs: ({ micros }) => Math.round(micros / 1000),
  secs: ({ micros }) => Math.round(micros / 1e6),
  app_micros: ({ job }) => Math.round(job.appMicros),
  time: ({ time }) => Math.floor(time.getTime() / 1000),
  epoch: ({ time }) => Math.floor(time.getTime() / 1000),
  tmsecs: ({ time }) => time.getTime(),
  tmicros: ({ time }) => time.getTime() * 1000,
  ltime: ({ time }) => logTime(time),
  ftime: ({ time }) => logTime(time),
  ctime: ({ time }) => ctime(time),
  pid: ({ worker }) => worker?.pid ?? '-',
  wid: ({ worker }) => worker?.workerId ?? '-',
  core: ({ lane }) => lane?.index ?? '-',
  rss: ({ worker }) => memoryOf(worker).rssBytes,
  rssM: ({ worker }) => mebibytes(memoryOf(worker).rssBytes),
  vsz: ({ worker }) => memoryOf(worker).asBytes,
  vszM: ({ worker }) => mebibytes(memoryOf(worker).asBytes),
  vars: ({ job }) => countVariables(job.exchange.environ),
  pktsize: ({ job }) => job.exchange.environ.length,
  headers: () => '-',
  werr: leftEarly,
  rerr: () => 0,
  ioerr: leftEarly,
  reqid: ({ job }) => harmless(job.exchange.requestId) || '-',
  traceparent: variable('HTTP_TRACEPARENT'),
  switches: () => 1,
  modifier1: () => 0,
  modifier2: () => 0,
}

function read(name: string): Read {
  if (name.startsWith('var.')) return variable(name.slice(4))
  const known = variables[name]
  if (known !== undefined) return known
  return ({ job }) => {
    const value = logvars(job)[name]
    return value === undefined ? '-' : harmless(String(value))
  }
}

function logvars(job: Job): Record<string, unknown> {
  if (job.logvars === undefined) return {}
  try {
    return JSON.parse(job.logvars) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** What the options make of the variables. */
function formatVariables(options: GatewayOptions): Record<string, Read> {
  const changed: Record<string, Read> = {}
  const date = options['log-date']
  if (options['logformat-strftime'] && date !== undefined) changed.ftime = ({ time }) => strftime(date, time)
  if (options['log-x-forwarded-for']) {
    changed.addr = (facts) => {
      const forwarded = facts.job.exchange.variable('HTTP_X_FORWARDED_FOR')?.split(',')[0]?.trim()
      return forwarded ? harmless(forwarded) : (variables.addr as Read)(facts)
    }
  }
  return changed
}

export function compileFormat(format: string, changed: Record<string, Read> = {}): (facts: Facts) => string {
  const parts: (string | Read)[] = []
  let at = 0
  for (const found of format.matchAll(/%\(([^)]*)\)/g)) {
    const name = found[1] as string
    parts.push(format.slice(at, found.index), changed[name] ?? read(name))
    at = found.index + found[0].length
  }
  parts.push(format.slice(at))
  return (facts) => {
    let line = ''
    for (const part of parts) line += typeof part === 'string' ? part : part(facts)
    return line
  }
}

function jsonLine({ job, worker, micros, time }: Facts): string {
  const { exchange } = job
  return JSON.stringify({
    time: time.toISOString(),
    event: 'request',
    id: exchange.requestId,
    addr: exchange.remoteAddr,
    method: exchange.method,
    uri: exchange.uri,
    status: job.status,
    bytes: job.headBytes + job.bodyBytes,
    ms: Math.round(micros / 10) / 100,
    app_ms: Math.round(job.appMicros / 10) / 100,
    host: exchange.variable('HTTP_HOST'),
    agent: exchange.variable('HTTP_USER_AGENT'),
    traceparent: exchange.variable('HTTP_TRACEPARENT'),
    worker: worker?.workerId,
    pid: worker?.pid,
    ...logvars(job),
  })
}

const textField = ({ time }: Facts, text: string): string =>
  JSON.stringify({ time: time.toISOString(), event: 'request', text })

/** The hook for the dispatcher, or undefined when nothing would ever be logged: then requests cost nothing here. */
export function accessLog(options: GatewayOptions, log: Log): OnDone | undefined {
  const all = !options['disable-logging']
  const slowMs = options['log-slow']
  const big = options['log-big']
  const zero = options['log-zero']
  if (!all && !options['log-4xx'] && !options['log-5xx'] && slowMs === 0 && big === 0 && !zero)
    return undefined
  const json =
    options['log-format'] === 'json' || (options['log-json'] && options['log-format'] === undefined)
  const text = compileFormat(options['log-format'] ?? defaultFormat, formatVariables(options))
  // An author's own JSON stays; any other text becomes a field, so that every line is an object.
  const wrapped = options['log-json'] && !options['log-format']?.trimStart().startsWith('{')
  const write = json ? jsonLine : wrapped ? (facts: Facts) => textField(facts, text(facts)) : text
  const skip = skipper(options['log-skip'])
  return (job, now, lane) => {
    const { status } = job
    const elapsedMs = now - job.exchange.arrivedAt
    const wanted =
      (options['log-4xx'] && status >= 400 && status < 500) ||
      (options['log-5xx'] && status >= 500) ||
      (slowMs > 0 && elapsedMs >= slowMs) ||
      (big > 0 && job.bodyBytes >= big) ||
      (zero && job.bodyBytes === 0) ||
      (all && !(skip !== undefined && status < 400 && skip(job.exchange)))
    if (!wanted) return
    const worker = lane?.host as Worker | undefined
    log.access(write({ job, lane, worker, micros: elapsedMs * 1000, time: new Date() }))
  }
}
