// What sends requests on: proxy_pass, fastcgi_pass, uwsgi_pass, … and what they rewrite in headers.
import type { Call } from '../call.ts'
import type { Family } from '../level.ts'
import { problemAt } from '../problem.ts'
import { readUrl, type Url } from '../url.ts'
import { isIpv4, isIpv6 } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { checkGatewayTls } from './gateway-tls.ts'
import { clashesWithOff } from './off.ts'
import { useRegex } from './rewrite.ts'

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
    const good = url.err === undefined && (url.kind === 'ipv6' || isIpv4(url.host))
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

const GATEWAYS = ['proxy', 'fastcgi', 'uwsgi', 'scgi', 'grpc', 'memcached']

export const passes: Record<string, Handler> = {
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
