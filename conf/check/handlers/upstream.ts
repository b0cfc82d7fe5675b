// upstream{} and the directives that send requests to one: proxy_pass, fastcgi_pass, uwsgi_pass, scgi_pass, grpc_pass, …
import { type Call, type Family, type Level, problemAt } from '../level.ts'
import { readUrl, type Url } from '../url.ts'
import { isIpv4, isIpv6, readNumber, readSize, readTime } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { useRegex } from './rewrite.ts'
import { checkGatewayTls } from './small.ts'
import { PAGE } from './zones.ts'

/** Names an upstream where it is used, as ngx_http_upstream_add does. */
function useUpstream(
  call: Call,
  text: string,
  options: { uriPart?: boolean; defaultPort?: number },
): Url | undefined {
  const url = readUrl(text, options)
  if (url.err !== undefined) {
    call.fail(`${url.err} in upstream "${text}"`, 0)
    return undefined
  }
  const { family } = call
  if (family === undefined) return url
  const key = url.host.toLowerCase()
  const known = family.upstreams.get(key) ?? []
  const made = known.find((one) => one.made)
  if (made !== undefined) {
    if (!url.noPort) call.fail(`upstream "${url.host}" may not have port ${url.port}`, 0, 'conflict')
    return url
  }
  family.upstreams.set(key, [
    ...known,
    { made: false, noPort: url.noPort, port: url.port, name: url.host, directive: call.directive },
  ])
  if (url.port === 0 && url.kind !== 'unix') askForPort(call, family, url, key)
  return url
}

/** An address without a port has to be the name of an upstream{}; they may come later. */
function askForPort(call: Call, family: Family, url: Url, key: string) {
  const { world, directive } = call
  family.atEnd.push(() => {
    if (!world.whole || family.upstreams.get(key)?.some((one) => one.made)) return
    const hint = `there is no upstream "${url.host}", and an address needs a port`
    world.problems.push(
      problemAt(directive, `no port in upstream "${url.host}"`, 0, 'reference', 'error', hint),
    )
  })
}

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
    } else if (call.world.minor < 28 || !/^(?:resolve|service=.+|route=.+|drain|slow_start=.+)$/.test(word)) {
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
  level.members++
  if (!parameters.includes('backup')) level.primaries++
}

/** What is asked of an upstream{} when its block is complete. */
export function finishUpstream(call: Call, level: Level) {
  if (level.place.type !== 'HTTP' && level.place.type !== 'STRM') return
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
  else if (call.args.length > 1 && !/^least_(?:conn|time=.+)$/.test(call.arg(1))) {
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

const proxyPass: Handler = (call) => {
  const [target = ''] = call.args
  if (call.isDuplicate) return call.duplicate()
  checkGatewayTls(call)
  if (target.includes('$')) return useText(call, 0)
  const scheme = /^https?:\/\//i.exec(target)?.[0]
  if (scheme === undefined) return call.fail('invalid URL prefix', 0)
  const url = useUpstream(call, target.slice(scheme.length), {
    uriPart: true,
    defaultPort: scheme.length === 7 ? 80 : 443,
  })
  if (url === undefined || call.failed || url.uri === '') return
  const { kind, location } = call.level
  if (location?.regex !== true && location?.named !== true && kind === 'location') return
  call.fail(
    '"proxy_pass" cannot have URI part in location given by regular expression, or inside named location, or inside "if" statement, or inside "limit_except" block',
    0,
    'structure',
    `leave "${url.uri}" away, or write it with variables`,
  )
}

const pass =
  (schemes: RegExp | undefined): Handler =>
  (call) => {
    const [target = ''] = call.args
    if (call.isDuplicate) return call.duplicate()
    if (call.name === 'grpc_pass' || call.name === 'uwsgi_pass') checkGatewayTls(call)
    if (target.includes('$') && call.name !== 'memcached_pass') return useText(call, 0)
    const scheme = schemes?.exec(target)?.[0] ?? ''
    useUpstream(call, target.slice(scheme.length), {})
    if (call.name === 'memcached_pass' && call.family !== undefined) {
      const { file, span } = problemAt(call.directive, '', 0, 'variable', 'error')
      call.family.uses.push({ name: 'memcached_key', file, span })
    }
  }

const bind: Handler = (call) => {
  const [address = '', flag] = call.args
  if (call.isDuplicate) return call.duplicate()
  if (call.args.length === 1 && address === 'off') return
  useText(call, 0)
  if (call.failed) return
  if (!address.includes('$')) {
    const url = readUrl(address, { listen: false, defaultPort: 1 })
    const good = url.err === undefined && (url.kind === 'ipv6' || url.kind === 'unix' || isIpv4(url.host))
    if (!good && !isIpv6(address)) return call.fail(`invalid address "${address}"`, 0)
  }
  if (flag !== undefined && flag !== 'transparent') call.fail(`invalid parameter "${flag}"`, 1)
}

/** `fastcgi_param NAME value if_not_empty`. */
const param: Handler = (call) => {
  if (call.args.length > 2 && call.arg(2) !== 'if_not_empty')
    return call.fail(`invalid parameter "${call.arg(2)}"`, 2)
  useText(call, 1)
}

const setHeader: Handler = (call) => useText(call, 1)

/** `off` stands alone: with another of the name in the block, the later one is one too many. */
function clashesWithOff(call: Call): boolean {
  const mark = `${call.name} off`
  const clash =
    call.level.seen.has(mark) || (call.arg(0) === 'off' && call.args.length === 1 && call.isDuplicate)
  if (clash) call.duplicate()
  if (call.arg(0) === 'off' && call.args.length === 1) call.level.seen.set(mark, call.directive)
  return clash
}

const redirect: Handler = (call) => {
  const [first = ''] = call.args
  if (clashesWithOff(call)) return
  if (call.args.length === 1) {
    if (first !== 'off' && first !== 'default') return call.fail(`invalid parameter "${first}"`, 0)
    const passed = call.level.last.get('proxy_pass')
    if (first === 'off') return
    if (passed?.args[0]?.value.includes('$')) {
      return call.fail(
        '"proxy_redirect default" cannot be used with "proxy_pass" directive with variables',
        0,
        'structure',
      )
    }
    if (passed === undefined) {
      return call.fail(
        '"proxy_redirect default" should be placed after the "proxy_pass" directive',
        0,
        'structure',
      )
    }
    return
  }
  pattern(call, 0)
  if (!call.failed) useText(call, 1)
}

function pattern(call: Call, index: number) {
  const text = call.arg(index)
  if (text.startsWith('~')) useRegex(call, index, text.replace(/^~\*?/, ''))
  else useText(call, index)
}

const cookie: Handler = (call) => {
  if (clashesWithOff(call)) return
  if (call.args.length === 1) {
    if (call.arg(0) !== 'off') call.fail(`invalid parameter "${call.arg(0)}"`, 0)
    return
  }
  pattern(call, 0)
  if (!call.failed) useText(call, 1)
}

const cookieFlags: Handler = (call) => {
  if (clashesWithOff(call)) return
  if (call.args.length === 1) {
    if (call.arg(0) !== 'off') call.fail(`invalid parameter "${call.arg(0)}"`, 0)
    return
  }
  pattern(call, 0)
  for (const index of call.args.keys()) if (index > 0) useText(call, index)
}

const text: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else useText(call, 0)
}

const splitPathInfo: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  useRegex(call, 0, call.arg(0))
  if (call.failed) return
  const groups = call
    .arg(0)
    .replace(/\\./g, '')
    .replace(/\[[^\]]*\]/g, '')
  const captures = (groups.match(/\((?!\?)|\(\?P?<(?![=!])|\(\?'/g) ?? []).length
  if (captures !== 2 && !/\(\?\||\(\*/.test(groups))
    call.fail(`pattern "${call.arg(0)}" must have 2 captures`, 0, 'regex')
}

/** The sizes of buffers have to fit each other; asked of every level of http{} that sets one, as nginx merges them. */
export function checkBuffers(level: Level, family: Family, world: Call['world']) {
  for (const module of ['proxy', 'fastcgi', 'uwsgi', 'scgi']) checkModuleBuffers(module, level, family, world)
  const large = level.kind === 'server' ? level.inherited('large_client_header_buffers') : undefined
  if (large === undefined) return
  const pool = readSize(level.inherited('connection_pool_size')?.args[0]?.value ?? '512') ?? 0
  if ((readSize(large.args[1]?.value ?? '') ?? pool) >= pool) return
  const message =
    'the "large_client_header_buffers" size must be equal to or greater than "connection_pool_size"'
  family.fails(world, message, large, 'conflict')
}

const BUFFERS = ['buffer_size', 'buffers', 'busy_buffers_size', 'temp_file_write_size', 'max_temp_file_size']

function checkModuleBuffers(module: string, level: Level, family: Family, world: Call['world']) {
  if (!BUFFERS.some((name) => world.met.has(`${module}_${name}`))) return
  const own = BUFFERS.some((name) => level.seen.has(`${module}_${name}`))
  if (!own && level.kind !== 'server') return
  const found = BUFFERS.map((name) => level.inherited(`${module}_${name}`))
  const cause = found.find((one) => one !== undefined)
  if (cause === undefined) return
  const [size, buffers, busy, write, most] = found
  const number = (from: typeof size, index: number, fallback: number): number =>
    from === undefined ? fallback : (readSize(from.args[index]?.value ?? '') ?? fallback)
  const one = number(size, 0, PAGE)
  const count = buffers === undefined ? 8 : (readNumber(buffers.args[0]?.value ?? '') ?? 8)
  const each = number(buffers, 1, PAGE)
  const greatest = Math.max(one, each)
  const name = (what: string): string => `"${module}_${what}"`
  const than = `the maximum of the value of ${name('buffer_size')} and one of the ${name('buffers')}`
  const fails = (message: string, by: typeof size): void =>
    family.fails(world, message, by ?? cause, 'conflict')
  if (count < 2) return fails(`there must be at least 2 ${name('buffers')}`, buffers)
  const busySize = number(busy, 0, 2 * greatest)
  if (busySize < greatest)
    return fails(`${name('busy_buffers_size')} must be equal to or greater than ${than}`, busy)
  if (busySize > (count - 1) * each) {
    return fails(
      `${name('busy_buffers_size')} must be less than the size of all ${name('buffers')} minus one buffer`,
      busy ?? size,
    )
  }
  if (number(write, 0, 2 * greatest) < greatest) {
    return fails(`${name('temp_file_write_size')} must be equal to or greater than ${than}`, write)
  }
  const file = number(most, 0, 2 ** 30)
  if (file !== 0 && file < greatest) {
    fails(
      `${name('max_temp_file_size')} must be equal to zero to disable temporary files usage or must be equal to or greater than ${than}`,
      most,
    )
  }
}

const GATEWAYS = ['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc', 'memcached']

export const upstreams: Record<string, Handler> = {
  'HTTP:upstream': upstream,
  'STRM:upstream': upstream,
  'HTTP:hash': hash,
  'STRM:hash': hash,
  'HTTP:random': random,
  'STRM:random': random,
  'HTTP:keepalive': keepalive,
  'HTTP:proxy_pass': proxyPass,
  'HTTP:fastcgi_pass': pass(undefined),
  'HTTP:uwsgi_pass': pass(/^s?uwsgi:\/\//i),
  'HTTP:scgi_pass': pass(undefined),
  'HTTP:grpc_pass': pass(/^grpcs?:\/\//i),
  'HTTP:memcached_pass': pass(undefined),
  'STRM:proxy_pass': pass(undefined),
  'STRM:proxy_bind': bind,
  'HTTP:fastcgi_param': param,
  'HTTP:uwsgi_param': param,
  'HTTP:scgi_param': param,
  'HTTP:proxy_set_header': setHeader,
  'HTTP:grpc_set_header': setHeader,
  'HTTP:proxy_set_body': text,
  'HTTP:proxy_redirect': redirect,
  'HTTP:proxy_cookie_domain': cookie,
  'HTTP:proxy_cookie_path': cookie,
  'HTTP:proxy_cookie_flags': cookieFlags,
  'HTTP:fastcgi_split_path_info': splitPathInfo,
  ...Object.fromEntries(
    GATEWAYS.flatMap((module) => [
      [`HTTP:${module}_bind`, bind],
      [`HTTP:${module}_cache_key`, text],
    ]),
  ),
}

/** `server` means another thing inside upstream{}. */
export const upstreamServer = server
