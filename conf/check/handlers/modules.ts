// Values of modules Debian ships beside nginx: njs, headers-more, lua. What such a module of another age might take passes.
import type { Call } from '../call.ts'
import { isFlag, readNumber, readSize, readTime } from '../values.ts'
import { defineVariable, useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { PAGE } from './shared.ts'

const defines: Handler = (call) => defineVariable(call, 0)

const definesText: Handler = (call) => {
  defineVariable(call, 0)
  if (!call.failed && call.args.length > 1) useText(call, 1)
}

/** `main.js`, whose name is `main`; or a name, `from` and any path. */
const importing =
  (suffix: string): Handler =>
  (call) => {
    const [path = ''] = call.args
    if (call.args.length === 3 && call.arg(1) !== 'from')
      return call.fail(`invalid parameter "${call.arg(1)}"`, 1)
    const own = call.args.length === 1
    if (own && !path.endsWith(suffix))
      return call.fail(`cannot extract export name from file path "${path}", use extended "from" syntax`, 0)
    const name = own ? path.slice(path.lastIndexOf('/') + 1, -suffix.length) : path
    if (name === '') return call.fail('empty export name', 0)
    const wrong = /^\d|[^A-Za-z0-9_]/.exec(name)
    if (wrong !== null) call.fail(`invalid character "${wrong[0]}" in export name "${name}"`, 0)
  }

const bodyFilter: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const word = call.arg(1)
  if (word.startsWith('buffer_type=') && !/=(?:string|buffer)$/.test(word))
    call.fail(`invalid buffer_type value "${word}", it must be "string" or "buffer"`, 1)
}

/** `-s 404 -t text/html "Name: value"`: options with their lists, then headers. */
const moreHeaders: Handler = (call) => {
  for (let index = 0; index < call.args.length && !call.failed; index++) {
    const word = call.arg(index)
    if (!word.startsWith('-')) {
      // Variables count in values only, and what is cleared has none.
      const colon = word.indexOf(':')
      if (colon !== -1 && /_set_/.test(call.name)) useText(call, index, word.slice(colon + 1))
      continue
    }
    if (!/^-[a-z]$/.test(word)) return call.fail(`invalid option name: "${word}"`, index)
    if (word === '-s' || word === '-t') index++
    if (word === '-s' && !/^[\d\s]+$/.test(call.arg(index)))
      call.fail(`invalid status code list "${call.arg(index)}"`, index)
  }
}

const jsDict: Handler = (call) => {
  let zone = false
  for (const [index, word] of call.args.entries()) {
    const value = word.slice(word.indexOf('=') + 1)
    if (word.startsWith('zone=')) {
      zone = true
      const [name = '', size] = value.split(':')
      const bytes = size === undefined ? undefined : readSize(size)
      if (name === '') return call.fail(`invalid zone name "${word}"`, index)
      if (bytes === undefined) return call.fail(`invalid zone size "${word}"`, index)
      if (bytes < 8 * PAGE) return call.fail(`zone "${word}" is too small`, index)
    } else if (word.startsWith('timeout=') && readTime(value, false) === undefined)
      return call.fail(`invalid timeout value "${word}"`, index)
    else if (word.startsWith('type=') && value !== 'string' && value !== 'number')
      return call.fail(`invalid dict type "${value}"`, index)
  }
  if (!zone) call.fail(`"${call.name}" must have "zone" parameter`)
}

const oneOf =
  (...words: string[]): Handler =>
  (call) => {
    if (call.isDuplicate) call.duplicate()
    else if (!words.includes(call.arg(0))) call.fail(`invalid value "${call.arg(0)}"`, 0)
  }

const luaFlag: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const [word = ''] = call.args
  if (!isFlag(word))
    call.fail(`invalid value "${word}" in "${call.name}" directive, it must be "on" or "off"`, 0)
}

const luaNumber: Handler = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (readNumber(call.arg(0)) === undefined) call.says('invalid number', 'value', 0)
}

const IMAGE_FILTERS = ['off', 'test', 'size', 'rotate', 'resize', 'crop']

const imageFilter: Handler = (call) => {
  if (!IMAGE_FILTERS.includes(call.arg(0))) return call.fail(`invalid parameter "${call.arg(0)}"`, 0)
  const [way = '', size = ''] = call.args
  const wanted = way === 'resize' || way === 'crop' ? 3 : way === 'rotate' ? 2 : 1
  if (call.args.length !== wanted) return call.fail(`invalid parameter "${way}"`, 0)
  if (way === 'rotate' && !size.includes('$') && !/^(?:90|180|270)$/.test(size))
    return call.fail(`invalid parameter "${size}"`, 1)
  for (const index of call.args.keys()) useText(call, index)
}

const sharedDict: Handler = (call) => {
  const [name = '', size = ''] = call.args
  const bytes = readSize(size)
  if (name === '') return call.fail(`invalid lua shared dict name "${name}"`, 0)
  if (bytes === undefined || bytes < 8192) return call.fail(`invalid lua shared dict size "${size}"`, 1)
  known(call, `lua_shared_dict ${name}`, `lua_shared_dict "${name}" is already defined as "${name}"`)
}

/** One of a name in http{}, whichever file it stands in. */
function known(call: Call, key: string, message: string) {
  if (call.level.seen.has(key)) call.fail(message, 0, 'duplicate')
  call.level.seen.set(key, call.directive)
}

export const modules: Record<string, Handler> = {
  'HTTP:js_set': defines,
  'STRM:js_set': defines,
  'HTTP:js_var': definesText,
  'STRM:js_var': definesText,
  'HTTP:perl_set': defines,
  'HTTP:js_body_filter': bodyFilter,
  'HTTP:js_import': importing('.js'),
  'STRM:js_import': importing('.js'),
  'HTTP:more_set_headers': moreHeaders,
  'HTTP:more_clear_headers': moreHeaders,
  'HTTP:more_set_input_headers': moreHeaders,
  'HTTP:more_clear_input_headers': moreHeaders,
  'HTTP:lua_shared_dict': sharedDict,
  'HTTP:lua_code_cache': luaFlag,
  ...Object.fromEntries(
    ['lua_regex_cache_max_entries', 'lua_regex_match_limit'].map((name) => [`HTTP:${name}`, luaNumber]),
  ),
  'HTTP:image_filter': imageFilter,
  ...Object.fromEntries(
    ['HTTP', 'STRM'].flatMap((type) => [
      [`${type}:js_preload_object`, importing('.json')],
      [`${type}:js_engine`, oneOf('njs', 'qjs')],
      [`${type}:js_shared_dict_zone`, jsDict],
    ]),
  ),
}
