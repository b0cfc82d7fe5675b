// The core of http{}: servers, names, locations, roots, errors, access, logs of headers.
import { type Call, type Level, problemAt } from '../level.ts'
import { isCidr, readNumber, readOffset, readSize, readTime } from '../values.ts'
import { defineVariable, useText, useVariable } from '../variables.ts'
import type { Handler } from './core.ts'
import { useRegex } from './rewrite.ts'

const serverName: Handler = (call) => {
  for (const [index, word] of call.args.entries()) {
    if ((word.startsWith('*') && (word.length < 3 || word[1] !== '.')) || word === '.') {
      return call.fail(`server name "${word}" is invalid`, index)
    }
    if (word.startsWith('~')) {
      if (word.length === 1) return call.fail(`empty regex in server name "${word}"`, index)
      useRegex(call, index, word.slice(1))
      if (call.failed) return
    } else if (word.includes('/')) call.warn(`server name "${word}" has suspicious symbols`, index)
  }
}

const location: Handler = (call) => {
  const { level } = call
  const [first = '', second] = call.args
  let modifier = ''
  let name = first
  if (second !== undefined) {
    if (!['=', '^~', '~', '~*'].includes(first)) return call.fail(`invalid location modifier "${first}"`, 0)
    modifier = first
    name = second
  } else {
    modifier = /^(?:=|\^~|~\*|~)/.exec(first)?.[0] ?? ''
    name = first.slice(modifier.length)
  }
  const regex = modifier.startsWith('~')
  const named = second === undefined && modifier === '' && name.startsWith('@')
  if (regex) useRegex(call, call.args.length - 1, name)
  if (call.failed) return
  const outer = level.kind === 'location' ? level.location : undefined
  if (outer !== undefined) {
    const show = (what: string): void =>
      call.fail(
        `location "${name}" cannot be inside the ${what} location "${outer.name}"`,
        undefined,
        'structure',
      )
    if (outer.exact) return show('exact')
    if (outer.named) return show('named')
    if (named)
      return call.fail(`named location "${name}" can be on the server level only`, undefined, 'structure')
    if (!regex && !name.startsWith(outer.name)) {
      return call.fail(`location "${name}" is outside location "${outer.name}"`, undefined, 'structure')
    }
  }
  call.opens = { name, exact: modifier === '=', named, regex }
  if (!regex && !named) noteLocation(call, level, `${modifier === '=' ? '=' : ' '}${name}`, name)
}

/** Two exact or two prefix locations of one name; nginx finds out when http{} is complete and names the second. */
function noteLocation(call: Call, level: Level, key: string, name: string) {
  if (!level.locations.has(key)) {
    level.locations.add(key)
    return
  }
  const problem = problemAt(
    call.directive,
    `duplicate location "${name}"`,
    call.args.length - 1,
    'duplicate',
    'error',
  )
  call.family?.atEnd.push(() => call.world.problems.push(problem))
}

const root: Handler = (call) => {
  const other = call.name === 'alias' ? 'root' : 'alias'
  if (call.isDuplicate) return call.duplicate()
  if (call.level.seen.has(other)) {
    return call.fail(
      `"${call.name}" directive is duplicate, "${other}" directive was specified earlier`,
      undefined,
      'duplicate',
    )
  }
  if (call.name === 'alias' && call.level.location?.named === true && call.level.kind === 'location') {
    return call.fail('the "alias" directive cannot be used inside the named location', undefined, 'structure')
  }
  for (const name of ['document_root', 'realpath_root']) {
    if (call.arg(0).includes(`$${name}`) || call.arg(0).includes(`\${${name}}`)) {
      return call.fail(`the $${name} variable cannot be used in the "${call.name}" directive`, 0)
    }
  }
  useText(call, 0)
}

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

const aio: Handler = (call) => {
  const [value = ''] = call.args
  if (call.isDuplicate) return call.duplicate()
  if (value === 'on' || value === 'off') return
  if (!/^threads(?:=|$)/.test(value)) return call.says('invalid value', 'value', 0)
  const pool = value.slice(8)
  if (value === 'threads') return
  if (pool.includes('$')) return useText(call, 0, pool)
  const { world, directive } = call
  world.atEnd.push(() => {
    if (!world.whole || pool === 'default' || world.threadPools.has(pool)) return
    world.problems.push(problemAt(directive, `unknown thread pool "${pool}"`, 0, 'reference', 'error'))
  })
}

const directio: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (call.arg(0) !== 'off' && readOffset(call.arg(0)) === undefined)
    call.says('invalid value', 'value', 0)
}

const disableSymlinks: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  let mode: string | undefined
  let from = false
  for (const [index, word] of call.args.entries()) {
    if (word === 'off' || word === 'on' || word === 'if_not_owner') mode = word
    else if (word.startsWith('from=')) {
      from = true
      useText(call, index, word.slice(5))
    } else return call.fail(`invalid parameter "${word}"`, index)
  }
  if (mode === undefined) return call.fail(`"${call.name}" must have "off", "on" or "if_not_owner" parameter`)
  if (call.args.length > 1 && !from) return call.fail(`duplicate parameters "${call.arg(0)} ${call.arg(1)}"`)
  if (from && mode === 'off') call.fail('"from=" cannot be used with "off" parameter')
}

const openFileCache =
  (extra: readonly string[]): Handler =>
  (call) => {
    const log = call.name === 'open_log_file_cache'
    if (call.isDuplicate) return call.duplicate()
    let max = 0
    for (const [index, word] of call.args.entries()) {
      const value = word.slice(word.indexOf('=') + 1)
      const numbers = ['max=', ...(log ? ['min_uses='] : [])]
      const times = ['inactive=', ...extra]
      let good = word === 'off'
      if (numbers.some((name) => word.startsWith(name))) {
        good = (readNumber(value) ?? 0) > 0
        if (word.startsWith('max=')) max = readNumber(value) ?? 0
      } else if (times.some((name) => word.startsWith(name))) good = readTime(value, true) !== undefined
      if (!good) return call.fail(`invalid "${call.name}" parameter "${word}"`, index)
    }
    if (!call.args.includes('off') && max === 0) {
      call.fail(
        log
          ? '"open_log_file_cache" must have "max" parameter'
          : '"open_file_cache" must have the "max" parameter',
      )
    }
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
      const key = `referer ${host.toLowerCase()}`
      const keyword = ['none', 'blocked', 'server_names'].includes(word)
      if (!keyword && call.level.seen.has(key))
        return call.fail(`conflicting parameter "${host}"`, index, 'duplicate')
      if (!keyword) call.level.seen.set(key, call.directive)
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

const charset: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (/^\$\w+$/.test(call.arg(0))) useVariable(call, 0, call.arg(0).slice(1))
}

export const http: Record<string, Handler> = {
  'HTTP:server_name': serverName,
  'STRM:server_name': serverName,
  'HTTP:location': location,
  'HTTP:root': root,
  'HTTP:alias': root,
  'HTTP:limit_except': limitExcept,
  'HTTP:error_page': errorPage,
  'HTTP:try_files': tryFiles,
  'HTTP:keepalive_timeout': keepaliveTimeout,
  'HTTP:internal': internal,
  'HTTP:aio': aio,
  'HTTP:directio': directio,
  'HTTP:disable_symlinks': disableSymlinks,
  'HTTP:open_file_cache': openFileCache([]),
  'HTTP:open_log_file_cache': openFileCache(['valid=']),
  'STRM:open_log_file_cache': openFileCache(['valid=']),
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
  'HTTP:charset': charset,
}
