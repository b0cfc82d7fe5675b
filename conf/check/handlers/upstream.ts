// upstream{}: its servers, how one of them is chosen, and what is asked of it when it is complete.
import type { Call } from '../call.ts'
import type { Level } from '../level.ts'
import { problemAt } from '../problem.ts'
import { readUrl, type Url } from '../url.ts'
import { isIpv4, readNumber, readTime } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { sticky } from './sticky.ts'

const upstream: Handler = (call) => {
  const [name = ''] = call.args
  const { family } = call
  if (family === undefined) return
  const key = name.toLowerCase()
  const known = family.upstreams.get(key) ?? []
  if (known.some((one) => one.made)) return call.fail(`duplicate upstream "${name}"`, 0, 'duplicate')
  const ported = known.find((one) => !one.noPort)
  if (ported !== undefined) {
    const message = `upstream "${name}" may not have port ${ported.port}`
    call.world.problems.push(problemAt(ported.directive, message, 0, 'conflict', 'error'))
  }
  family.upstreams.set(key, [{ made: true, noPort: true, port: 0, name, directive: call.directive }])
}

const METHODS = ['hash', 'ip_hash', 'random']
const FLAGS = ['backup', 'down']

/** Whether the upstream's method so far is one that does not know spare servers. */
function method(level: Level): string | undefined {
  return METHODS.find((name) => level.seen.has(name))
}

const server: Handler = (call) => {
  const [address = '', ...parameters] = call.args
  const { level } = call
  const stream = call.form.type === 'STRM'
  for (const [at, word] of parameters.entries()) {
    const index = at + 1
    const value = word.slice(word.indexOf('=') + 1)
    const invalid = (): void => call.fail(`invalid parameter "${word}"`, index)
    if (word.startsWith('weight=')) {
      if (!readNumber(value)) return invalid()
    } else if (word.startsWith('max_conns=') || word.startsWith('max_fails=')) {
      if (readNumber(value) === undefined) return invalid()
    } else if (word.startsWith('fail_timeout=')) {
      if (readTime(value, true) === undefined) return invalid()
    } else if (FLAGS.includes(word)) {
      if (word === 'backup' && method(level) !== undefined) {
        return call.fail(`balancing method does not support parameter "${word}"`, index)
      }
    } else if (call.world.minor < 28 || !/^(?:resolve|service=.+|route=.+|drain)$/.test(word)) {
      return invalid()
    }
  }
  const url = readUrl(address, { defaultPort: stream ? 0 : 80 })
  if (url.err !== undefined) return call.fail(`${url.err} in upstream "${address}"`, 0)
  if (
    stream &&
    url.noPort &&
    url.kind !== 'unix' &&
    !parameters.some((word) => word.startsWith('service='))
  ) {
    return call.fail(`no port in upstream "${address}"`, 0)
  }
  const fault = atRunTime(url, address, parameters)
  if (fault !== undefined) return call.fail(fault, 0)
  if (parameters.includes('resolve') && url.kind === 'name' && !isIpv4(url.host)) level.resolves = true
  level.members++
  if (!parameters.includes('backup')) level.primaries++
}

/** `resolve` and `service=`: names that are looked up again and again. */
function atRunTime(url: Url, address: string, parameters: readonly string[]): string | undefined {
  if (!parameters.some((word) => word.startsWith('service='))) return undefined
  if (!parameters.includes('resolve')) return `service upstream "${address}" requires "resolve" parameter`
  if (!url.noPort) return `service upstream "${address}" may not have port`
  return isIpv4(url.host) || url.kind !== 'name'
    ? `service upstream "${address}" requires domain name`
    : undefined
}

/** What is asked of an upstream{} when its block is complete. */
export function finishUpstream(call: Call, level: Level) {
  if (level.place.type !== 'HTTP' && level.place.type !== 'STRM') return
  if (level.resolves && !level.seen.has('zone')) {
    const { file, stop } = call.directive
    const message = `resolving names at run time requires upstream "${call.arg(0)}" in ${file}:${stop.line} to be in shared memory`
    call.family?.atEnd.push(() =>
      call.world.problems.push(
        problemAt(call.directive, message, 0, 'reference', 'error', 'add "zone NAME 64k;"'),
      ),
    )
  }
  if (level.members === 0 && level.seen.get('server') === undefined && !level.incomplete) {
    call.blockFails('no servers are inside upstream')
  } else if (level.members > 0 && level.primaries === 0) {
    const message = `no servers in upstream "${call.arg(0)}"`
    call.family?.atEnd.push(() =>
      call.world.problems.push(problemAt(call.directive, message, 0, 'structure', 'error')),
    )
  }
}

const hash: Handler = (call) => {
  useText(call, 0)
  if (call.args.length > 1 && call.arg(1) !== 'consistent') call.fail(`invalid parameter "${call.arg(1)}"`, 1)
}

const random: Handler = (call) => {
  if (call.args.length > 0 && call.arg(0) !== 'two') call.fail(`invalid parameter "${call.arg(0)}"`, 0)
  else if (
    call.args.length > 1 &&
    !(call.world.minor < 31 ? /^least_conn$/ : /^least_(?:conn|time=.+)$/).test(call.arg(1))
  ) {
    call.fail(`invalid parameter "${call.arg(1)}"`, 1)
  }
}

const keepalive: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const number = readNumber(call.arg(0))
  if (number === undefined || (number === 0 && call.world.minor < 29)) {
    call.fail(`invalid value "${call.arg(0)}" in "keepalive" directive`, 0)
  } else if (call.args.length > 1 && call.arg(1) !== 'local')
    call.fail(`invalid parameter "${call.arg(1)}"`, 1)
}

export const upstreams: Record<string, Handler> = {
  'HTTP:upstream': upstream,
  'STRM:upstream': upstream,
  'HTTP:hash': hash,
  'STRM:hash': hash,
  'HTTP:random': random,
  'STRM:random': random,
  'HTTP:keepalive': keepalive,
  'HTTP:sticky': sticky,
}

/** `server` means another thing inside upstream{}. */
export const upstreamServer = server
