// Certificates of TLS servers, as http{}, stream{} and mail{} ask for them when they are complete. Opens no file.
import type { Directive } from '../../node.ts'
import type { Call } from '../call.ts'
import type { Family, Level, World } from '../level.ts'
import { problemAt } from '../problem.ts'
import type { Handler } from './core.ts'

const isOn = (directive: Directive | undefined): boolean => directive?.args[0]?.value.toLowerCase() === 'on'

/** Every directive of the name at the nearest level that has one, counted. */
function count(level: Level, name: string): number {
  for (let at: Level | undefined = level; at !== undefined; at = at.parent) {
    const found = at.counts.get(name)
    if (found !== undefined) return found
  }
  return 0
}

type Fail = (message: string, by: Directive) => void

const failIn =
  (world: World): Fail =>
  (message, by) => {
    if (world.problems.some((problem) => problem.message === message && problem.file === by.file)) return
    world.problems.push(problemAt(by, message, undefined, 'reference', 'error'))
  }

/** Keys for all certificates, and what client certificates are checked against. */
export function checkCertificates(level: Level, world: World) {
  const { type } = level.place
  const fail = failIn(world)
  const last = level.inherited('ssl_certificate')
  const asked =
    type === 'MAIL'
      ? mailAsks(level)
      : type === 'STRM' && world.minor < 25
        ? listenAsks(level)
        : oldSsl(level)
  if (asked !== undefined) {
    if (last === undefined) {
      const refuses = type === 'HTTP' && isOn(level.inherited('ssl_reject_handshake'))
      if (!refuses) fail(`no "ssl_certificate" is defined for the "${asked.mode}" directive`, asked.by)
      return
    }
    if (count(level, 'ssl_certificate_key') === 0) {
      return fail(`no "ssl_certificate_key" is defined for the "${asked.mode}" directive`, asked.by)
    }
  } else if (type === 'MAIL' || (type === 'STRM' && world.minor < 25)) return
  if (last === undefined) return
  if (count(level, 'ssl_certificate_key') < count(level, 'ssl_certificate')) {
    const tail = asked === undefined ? '' : ` and the "${asked.mode}" directive`
    return fail(
      `no "ssl_certificate_key" is defined for certificate "${last.args[0]?.value}"${tail}`,
      asked?.by ?? last,
    )
  }
  const verify = level.inherited('ssl_verify_client')
  const mode = verify?.args[0]?.value
  if (verify === undefined || (mode !== 'on' && mode !== 'optional')) return
  const trusted = world.minor >= 27 && level.inherited('ssl_trusted_certificate') !== undefined
  if (level.inherited('ssl_client_certificate') === undefined && !trusted) {
    fail('no ssl_client_certificate for ssl_verify_client', verify)
  }
}

type Asked = { mode: string; by: Directive }

function listenAsks(level: Level): Asked | undefined {
  const by = level.secureListen
  return by === undefined ? undefined : { mode: 'listen ... ssl', by }
}

function mailAsks(level: Level): Asked | undefined {
  const listens = listenAsks(level)
  if (listens !== undefined) return listens
  const ssl = level.inherited('ssl')
  if (ssl !== undefined && isOn(ssl)) return { mode: 'ssl', by: ssl }
  const starttls = level.inherited('starttls')
  const value = starttls?.args[0]?.value.toLowerCase()
  return starttls !== undefined && value !== 'off' ? { mode: 'starttls', by: starttls } : undefined
}

/** `ssl on` of http{} in 1.22 to 1.24. */
function oldSsl(level: Level): Asked | undefined {
  const ssl = level.place.type === 'HTTP' ? level.inherited('ssl') : undefined
  return ssl !== undefined && isOn(ssl) ? { mode: 'ssl', by: ssl } : undefined
}

/** A socket that speaks TLS needs a certificate in its default server, or in all of them when that one refuses handshakes. */
export function checkSecureSockets(family: Family, world: World) {
  for (const { servers, leader, secure } of family.listens.values()) {
    if (secure === undefined) continue
    const first = leader ?? (servers[0] as Level)
    if (count(first, 'ssl_certificate') > 0) continue
    const refuses = (level: Level): boolean => isOn(level.inherited('ssl_reject_handshake'))
    const bare = refuses(first)
      ? servers.find((level) => count(level, 'ssl_certificate') === 0 && !refuses(level))
      : first
    if (bare?.owner === undefined) continue
    const message = `no "ssl_certificate" is defined for the "listen ... ${secure}" directive`
    world.problems.push(problemAt(bare.owner, message, undefined, 'reference', 'error'))
  }
}

/** `ssl` and `starttls` of mail{}. */
const conflicting: Handler = (call: Call) => {
  const other = call.name === 'ssl' ? 'starttls' : 'ssl'
  const set = call.level.last.get(other)
  const value = set?.args[0]?.value.toLowerCase()
  if (call.isDuplicate) return call.duplicate()
  if (call.name === 'starttls') {
    if (!['off', 'on', 'only'].includes(call.arg(0).toLowerCase()))
      return call.fail(`invalid value "${call.arg(0)}"`, 0)
    if (value === 'on' && call.arg(0) !== 'off') call.fail('"starttls" directive conflicts with "ssl on"')
  } else if (!/^(?:on|off)$/i.test(call.arg(0))) {
    call.fail(`invalid value "${call.arg(0)}" in "ssl" directive, it must be "on" or "off"`, 0)
  }
}

export const tls: Record<string, Handler> = {
  'MAIL:starttls': conflicting,
  'MAIL:ssl': conflicting,
  'HTTP:ssl': (call) => {
    if (call.isDuplicate) return call.duplicate()
    if (!/^(?:on|off)$/i.test(call.arg(0))) {
      return call.fail(`invalid value "${call.arg(0)}" in "ssl" directive, it must be "on" or "off"`, 0)
    }
    const message = 'the "ssl" directive is deprecated, use the "listen ... ssl" directive instead'
    call.warn(message, undefined, 'deprecated')
  },
}
