import { isCidr, readNumber, readSize, readTime } from '../values.ts'
import { defineVariable, useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { HostKeys } from './host-keys.ts'
import { useRegex } from './rewrite.ts'

const METHODS = /^(?:GET|HEAD|POST|PUT|DELETE|MKCOL|COPY|MOVE|OPTIONS|PROPFIND|PROPPATCH|LOCK|UNLOCK|PATCH)$/i

const limitExcept: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const wrong = call.args.findIndex((word) => !METHODS.test(word))
  if (wrong !== -1) call.fail(`invalid method "${call.arg(wrong)}"`, wrong)
}

const errorPage: Handler = (call) => {
  const { args } = call
  const at = args.length - 2
  const change = args[at]?.startsWith('=') === true
  if (change) {
    const word = args[at] as string
    if (at === 0 || (word.length > 1 && readNumber(word.slice(1)) === undefined)) {
      return call.fail(`invalid value "${word}"`, at)
    }
  }
  useText(call, args.length - 1)
  for (const [index, word] of args.slice(0, change ? -2 : -1).entries()) {
    if (call.failed) return
    const status = readNumber(word)
    if (status === undefined || status === 499) call.fail(`invalid value "${word}"`, index)
    else if (status < 300 || status > 599) call.fail(`value "${word}" must be between 300 and 599`, index)
  }
}

const tryFiles: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  for (const index of call.args.keys()) {
    useText(call, index)
    if (call.failed) return
  }
  const last = call.args.at(-1) ?? ''
  if (!last.startsWith('=') || last.includes('$')) return
  const code = readNumber(last.slice(1))
  if (code === undefined || code > 999) call.fail(`invalid code "${last}"`, call.args.length - 1)
}

const keepaliveTimeout: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (readTime(call.arg(0), false) === undefined) call.says('invalid value', 'value', 0)
  else if (call.args.length > 1 && readTime(call.arg(1), true) === undefined)
    call.says('invalid value', 'value', 1)
}

const internal: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
}

const gzipDisable: Handler = (call) => {
  for (const [index, word] of call.args.entries()) {
    if (!call.failed && word !== 'msie6' && word !== 'degradation') useRegex(call, index, word)
  }
}

const validReferers: Handler = (call) => {
  for (const [index, word] of call.args.entries()) {
    if (word === '') return call.fail('invalid referer ""', index)
    if (word === '~') return call.fail(`empty regex in "${word}"`, index)
    if (word.startsWith('~')) useRegex(call, index, word.slice(1))
    else {
      const host = word.split('/')[0] as string
      const stars = host.split('*').length - 1
      const wild = host.startsWith('*.') || host.endsWith('.*')
      if (stars > 1 || host.includes('..') || (stars === 1 && !wild)) {
        return call.fail(`invalid hostname or wildcard "${host}"`, index)
      }
      const keyword = ['none', 'blocked', 'server_names'].includes(word)
      call.level.referers ??= new HostKeys()
      if (!keyword && !call.level.referers.add(host.toLowerCase()))
        return call.fail(`conflicting parameter "${host}"`, index, 'duplicate')
    }
    if (call.failed) return
  }
  const { level, family } = call
  family?.atEnd.push(() => {
    const all = level.every('valid_referers').flatMap((directive) => directive.args.map((arg) => arg.value))
    const open = all.some((word) => word === 'none' || word === 'blocked')
    if (!open || all.some((word) => !/^(?:none|blocked|~.*)$/s.test(word))) return
    const message =
      'the "none" or "blocked" referers are specified in the "valid_referers" directive without any valid referer'
    family.fails(call.world, message, call.directive, 'structure')
  })
}

const access: Handler = (call) => {
  const [value = ''] = call.args
  if (value !== 'all' && value !== 'unix:' && !isCidr(value)) call.fail(`invalid parameter "${value}"`, 0)
}

const addHeader: Handler = (call) => {
  useText(call, 1)
  if (!call.failed && call.args.length > 2 && call.arg(2) !== 'always')
    call.fail(`invalid parameter "${call.arg(2)}"`, 2)
}

const expires: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const modified = call.args.length > 1
  if (modified && call.arg(0) !== 'modified') return call.says('invalid value', 'value', 0)
  const index = modified ? 1 : 0
  const value = call.arg(index)
  if (value.includes('$')) return useText(call, index)
  if (!modified && /^(?:epoch|max|off)$/.test(value)) return
  if (value.startsWith('@') && modified)
    return call.says('daily time cannot be used with "modified" parameter')
  const time = readTime(value.replace(/^[-@+]/, ''), true)
  if (time === undefined) call.says('invalid value', 'value', index)
  else if (value.startsWith('@') && time > 86_400) call.says('daily time value must be less than 24 hours')
}

const index: Handler = (call) => {
  const empty = call.args.indexOf('')
  if (empty !== -1) return call.fail('index "" in "index" directive is invalid', empty)
  for (const at of call.args.keys()) useText(call, at)
}

const poolSize: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const size = readSize(call.arg(0))
  if (size === undefined) return call.says('invalid value', 'value', 0)
  if (size < 112) call.fail('the pool size must be no less than 112', 0)
  else if (size % 16 !== 0) call.fail('the pool size must be a multiple of 16', 0)
}

const POWERS = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, step) => 2 ** (from + step))
const windowSizes = POWERS(9, 15)
const hashSizes = POWERS(9, 17)

const oneOfSizes =
  (sizes: readonly number[], told: string): Handler =>
  (call) => {
    if (call.isDuplicate) return call.duplicate()
    const size = readSize(call.arg(0))
    if (size === undefined) call.says('invalid value', 'value', 0)
    else if (!sizes.includes(size)) call.says(`must be ${told}`, 'value', 0)
  }

const realIp: Handler = (call) => {
  const [value = ''] = call.args
  if (
    value !== 'unix:' &&
    /^[\d.:]+(?:\/|$)/.test(value) &&
    /\d/.test(value) &&
    value.includes('/') &&
    !isCidr(value)
  ) {
    call.fail(`invalid port in set_real_ip_from "${value}"`, 0)
  }
}

const authRequestSet: Handler = (call) => {
  defineVariable(call, 0)
  if (!call.failed) useText(call, 1)
}

export const http: Record<string, Handler> = {
  'HTTP:limit_except': limitExcept,
  'HTTP:error_page': errorPage,
  'HTTP:try_files': tryFiles,
  'HTTP:keepalive_timeout': keepaliveTimeout,
  'HTTP:internal': internal,
  'HTTP:gzip_disable': gzipDisable,
  'HTTP:valid_referers': validReferers,
  'HTTP:allow': access,
  'HTTP:deny': access,
  'STRM:allow': access,
  'STRM:deny': access,
  'HTTP:add_header': addHeader,
  'HTTP:add_trailer': addHeader,
  'HTTP:expires': expires,
  'HTTP:index': index,
  'HTTP:connection_pool_size': poolSize,
  'HTTP:request_pool_size': poolSize,
  'HTTP:http2_pool_size': poolSize,
  'HTTP:gzip_window': oneOfSizes(windowSizes, '512, 1k, 2k, 4k, 8k, 16k, or 32k'),
  'HTTP:gzip_hash': oneOfSizes(hashSizes, '512, 1k, 2k, 4k, 8k, 16k, 32k, 64k, or 128k'),
  'HTTP:set_real_ip_from': realIp,
  'STRM:set_real_ip_from': realIp,
  'HTTP:auth_request_set': authRequestSet,
}
