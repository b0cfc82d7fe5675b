// Readers that serve one directive each and fit in a few lines.
import { readUrl } from '../url.ts'
import { isCidr, readNumber, readSize, readTime } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { clashesWithOff } from './off.ts'
import { useZone } from './shared.ts'

/** Only says that a second one in a block is one too many. */
const once: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
}

const onceText: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else useText(call, 0)
}

const userIdExpires: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (!/^(?:max|off)$/.test(call.arg(0)) && readTime(call.arg(0), true) === undefined) {
    call.says('invalid value', 'value', 0)
  }
}

const userIdMark: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (!/^(?:off|[A-Za-z0-9=])$/.test(call.arg(0))) {
    call.says('value must be "off" or a single letter, digit or "="', 'value', 0)
  }
}

const ocspCache: Handler = (call) => {
  const [word = ''] = call.args
  if (call.isDuplicate) return call.duplicate()
  if (word === 'off') return
  const found = /^shared:([^:]+):(.*)$/s.exec(word)
  const size = found === null ? undefined : readSize(found[2] as string)
  if (found === null || size === undefined) return call.fail(`invalid OCSP cache "${word}"`, 0)
  if (size < 8 * 4096) return call.fail(`OCSP cache "${word}" is too small`, 0)
  useZone(call, found[1] as string, size, 'ssl ocsp', 0)
}

const brotliWindow: Handler = (call) => {
  const sizes = Array.from({ length: 15 }, (_, step) => 1024 * 2 ** step)
  if (call.isDuplicate) return call.duplicate()
  const size = readSize(call.arg(0))
  if (size === undefined) call.says('invalid value', 'value', 0)
  else if (!sizes.includes(size)) {
    call.says('must be 1k, 2k, 4k, 8k, 16k, 32k, 64k, 128k, 256k, 512k, 1m, 2m, 4m, 8m or 16m', 'value', 0)
  }
}

const network: Handler = (call) => {
  if (!isCidr(call.arg(0))) call.fail(`invalid network "${call.arg(0)}"`, 0)
}

const authHttp: Handler = (call) => {
  const address = call.arg(0).replace(/^http:\/\//, '')
  const url = readUrl(address, { uriPart: true, defaultPort: 80 })
  if (url.err !== undefined) call.fail(`${url.err} in auth_http "${address}"`, 0)
}

const BROWSERS = ['msie', 'gecko', 'opera', 'safari', 'konqueror']

const modernBrowser: Handler = (call) => {
  const [name = '', version] = call.args
  if (version === undefined) {
    // nginx says nothing here, and does not start.
    if (name !== 'unlisted') call.fail(`invalid parameter "${name}"`, 0)
    return
  }
  if (!BROWSERS.includes(name)) call.fail(`unknown browser name "${name}"`, 0)
  else if (!/^\d+(?:\.\d+){0,3}\.?$/.test(version)) call.fail(`invalid browser version "${version}"`, 1)
}

const subFilter: Handler = (call) => {
  if (call.arg(0) === '') return call.fail('empty search pattern', 0)
  useText(call, 0)
  if (!call.failed) useText(call, 1)
}

const slice: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (readSize(call.arg(0)) === undefined) call.says('invalid value', 'value', 0)
}

/** The first map{} takes the sizes as they are then; a later one comes too late and is called a duplicate. */
const mapHash: Handler = (call) => {
  if (call.isDuplicate || call.level.seen.has('map')) return call.duplicate()
  const value = readNumber(call.arg(0))
  if (value === undefined) call.says('invalid number', 'value', 0)
}

const certificateCache: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  if (call.args.length === 1 && call.arg(0) === 'off') return
  const wrong = call.args.findIndex((word) => {
    const value = word.slice(word.indexOf('=') + 1)
    if (word.startsWith('max=')) return !readNumber(value)
    return !/^(?:inactive|valid)=/.test(word) || readTime(value, true) === undefined
  })
  if (wrong !== -1) call.fail(`invalid parameter "${call.arg(wrong)}"`, wrong)
}

/** Certificates may have variables in their names; they are read for servers only. */
const certificate: Handler = (call) => {
  const { family, level } = call
  if (family === undefined || level.owner === undefined || level.kind.endsWith('server'))
    return useText(call, 0)
  family.atEnd.push(() => {
    if (family.hasServers) useText(call, 0)
  })
}

/** `mirror off` stands alone. Its URI is taken as it stands: nginx reads no variables in it. */
const mirror: Handler = (call) => void clashesWithOff(call)

const secureLinkSecret: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const { family, level, world } = call
  family?.atEnd.push(() => {
    if (!level.seen.has('secure_link') && !level.seen.has('secure_link_md5')) return
    const message = '"secure_link_secret" cannot be mixed with "secure_link" and "secure_link_md5"'
    family.fails(world, message, call.directive, 'conflict')
  })
}

const PASSWORDS = [
  'ssl_password_file',
  'proxy_ssl_password_file',
  'grpc_ssl_password_file',
  'uwsgi_ssl_password_file',
]

export const small: Record<string, Handler> = {
  'HTTP:mirror': mirror,
  'HTTP:secure_link_secret': secureLinkSecret,
  ...Object.fromEntries(
    PASSWORDS.flatMap((name) => ['HTTP', 'STRM', 'MAIL'].map((type) => [`${type}:${name}`, once])),
  ),
  'HTTP:auth_basic_user_file': onceText,
  'HTTP:auth_request': once,
  'HTTP:real_ip_header': once,
  'STRM:ssl_alpn': once,
  'HTTP:userid_expires': userIdExpires,
  'HTTP:userid_mark': userIdMark,
  'HTTP:ssl_ocsp_cache': ocspCache,
  'STRM:ssl_ocsp_cache': ocspCache,
  'HTTP:brotli_window': brotliWindow,
  'HTTP:geoip2_proxy': network,
  'HTTP:geoip_proxy': network,
  'MAIL:auth_http': authHttp,
  'HTTP:modern_browser': modernBrowser,
  'HTTP:sub_filter': subFilter,
  ...Object.fromEntries(
    ['HTTP', 'STRM'].flatMap((type) => [
      [`${type}:map_hash_max_size`, mapHash],
      [`${type}:map_hash_bucket_size`, mapHash],
    ]),
  ),
  'HTTP:slice': slice,
  'HTTP:ssl_certificate': certificate,
  'HTTP:ssl_certificate_key': certificate,
  'STRM:ssl_certificate': certificate,
  'STRM:ssl_certificate_key': certificate,
  'HTTP:ssl_certificate_cache': certificateCache,
  'STRM:ssl_certificate_cache': certificateCache,
  'STRM:proxy_ssl_certificate_cache': certificateCache,
  ...Object.fromEntries(
    ['proxy', 'grpc', 'uwsgi'].map((name) => [`HTTP:${name}_ssl_certificate_cache`, certificateCache]),
  ),
}
