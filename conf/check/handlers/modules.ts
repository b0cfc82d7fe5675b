// Values of modules Debian ships beside nginx: njs, headers-more, lua. What such a module of another age might take passes.
import type { Call } from '../level.ts'
import { readSize } from '../values.ts'
import { defineVariable, useText } from '../variables.ts'
import type { Handler } from './core.ts'

const defines: Handler = (call) => defineVariable(call, 0)

const definesText: Handler = (call) => {
  defineVariable(call, 0)
  if (!call.failed && call.args.length > 1) useText(call, 1)
}

const jsImport: Handler = (call) => {
  if (call.args.length === 3 && call.arg(1) !== 'from') call.fail(`invalid parameter "${call.arg(1)}"`, 1)
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
      useText(call, index)
      continue
    }
    if (!/^-[a-z]$/.test(word)) return call.fail(`invalid option name: "${word}"`, index)
    if (word === '-s' || word === '-t') index++
    if (word === '-s' && !/^[\d\s]+$/.test(call.arg(index)))
      call.fail(`invalid status code list "${call.arg(index)}"`, index)
  }
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
  'HTTP:js_import': jsImport,
  'STRM:js_import': jsImport,
  'HTTP:more_set_headers': moreHeaders,
  'HTTP:more_clear_headers': moreHeaders,
  'HTTP:more_set_input_headers': moreHeaders,
  'HTTP:more_clear_input_headers': moreHeaders,
  'HTTP:lua_shared_dict': sharedDict,
}
