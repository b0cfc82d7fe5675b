// What nginx asks of a server when its block, or the block around all servers, is complete.
import type { Family, Level, World } from '../level.ts'
import { problemAt } from '../problem.ts'
import type { Handler } from './core.ts'
import { checkStreamTls } from './gateway-tls.ts'
import { tooLongForHash } from './hash.ts'
import { listenAnyway } from './listen.ts'
import { checkSecureSockets } from './tls.ts'

const STREAM_HANDLERS = [
  'proxy_pass',
  'return',
  'pass',
  'js_filter',
  'content_by_lua_block',
  'content_by_lua_file',
  'content_by_lua',
]

/** At the closing brace of a server of http{} or stream{}. */
export function finishServer(level: Level, world: World) {
  const { owner } = level
  if (owner === undefined || level.incomplete) return
  const says = (message: string): void => {
    world.problems.push(problemAt(owner, message, undefined, 'structure', 'error'))
  }
  const type = level.place.type
  const family = type === 'HTTP' ? world.http : world.stream
  if (family !== undefined && type !== 'MAIL') family.hasServers = true
  if (type === 'HTTP') {
    if (!level.seen.has('listen') && world.http !== undefined) listenAnyway(world.http, level)
    return
  }
  if (!level.seen.has('listen')) {
    const end = owner.block?.end.offset ?? owner.stop.offset
    return world.late(owner.file, end, () => says('no "listen" is defined for server'))
  }
  if (type === 'STRM' && world.whole) world.stream?.atEnd.push(() => checkStreamTls(level, world))
  if (
    type === 'STRM' &&
    !world.foreign &&
    !STREAM_HANDLERS.some((name) => level.seen.has(name)) &&
    world.whole &&
    world.minor < 28
  ) {
    world.stream?.atEnd.push(() => says('no handler for server'))
  }
}

const MAIL_PORTS: Record<number, string> = {
  25: 'smtp',
  587: 'smtp',
  465: 'smtp',
  110: 'pop3',
  995: 'pop3',
  143: 'imap',
  993: 'imap',
}

/** At the end of mail{}: every server has a protocol and somebody to ask about logins. */
export function finishMailServer(level: Level, world: World) {
  const { owner } = level
  if (owner === undefined || !world.whole || level.incomplete) return
  const says = (message: string): void => {
    world.problems.push(problemAt(owner, message, undefined, 'structure', 'error'))
  }
  if (
    level.inherited('protocol') === undefined &&
    !level.ports.some((port) => MAIL_PORTS[port] !== undefined)
  ) {
    return says('unknown mail protocol for server')
  }
  if (level.inherited('auth_http') === undefined) says('no "auth_http" is defined for server')
}

const protocol: Handler = (call) => {
  if (!['imap', 'pop3', 'smtp'].includes(call.arg(0))) call.fail(`unknown protocol "${call.arg(0)}"`, 0)
}

/** Names of servers that share a socket: a wildcard nginx cannot hash, or the same name twice. */
function checkNames(family: Family, world: World) {
  for (const [key, { servers }] of family.listens) {
    if (servers.length < 2) continue
    const taken = new Set<string>()
    for (const server of servers) {
      for (const directive of server.every('server_name')) {
        for (const [index, { value }] of directive.args.entries()) {
          if (value.startsWith('~')) continue
          const name = value.toLowerCase()
          const stars = name.split('*').length - 1
          const wild = /^\*\.|^\.|\.\*$/.test(name)
          if (stars > 1 || name.includes('..') || (stars === 1 && !wild)) {
            const message = `invalid server name or wildcard "${value}" on ${key.replace(/ udp$/, '')}`
            world.problems.push(problemAt(directive, message, index, 'value', 'error'))
            return
          }
          const long = wild ? undefined : tooLongForHash(server, 'server_names', name)
          if (long !== undefined) {
            world.problems.push(problemAt(directive, long, index, 'value', 'error'))
            return
          }
          if (taken.has(name)) {
            const message = `conflicting server name "${value}" on ${key.replace(/ udp$/, '')}, ignored`
            world.problems.push(problemAt(directive, message, index, 'conflict', 'warning'))
          }
          taken.add(name)
        }
      }
    }
  }
}

export function finishFamily(family: Family, world: World) {
  for (const finish of family.atEnd) finish()
  if (family.type === 'HTTP' || world.minor >= 25) checkSecureSockets(family, world)
  checkNames(family, world)
}

export const servers: Record<string, Handler> = { 'MAIL:protocol': protocol }
