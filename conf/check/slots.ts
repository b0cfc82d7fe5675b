// nginx's generic value readers (ngx_conf_set_*_slot and their http and stream cousins): the grammar of most directives.

import type { Call } from './call.ts'
import { claimPath } from './handlers/shared.ts'
import { isFlag, readNumber, readOffset, readSize, readTime } from './values.ts'
import { useText } from './variables.ts'

type Slot = (call: Call) => void

/** A reader that takes one value and refuses a second directive of the name in a block. */
const once =
  (read: (text: string) => unknown, refusal: string): Slot =>
  (call) => {
    if (call.isDuplicate) call.duplicate()
    else if (read(call.arg(0)) === undefined) call.says(refusal, 'value', 0)
  }

const flag: Slot = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (!isFlag(call.arg(0))) {
    call.fail(`invalid value "${call.arg(0)}" in "${call.name}" directive, it must be "on" or "off"`, 0)
  }
}

const number: Slot = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const value = readNumber(call.arg(0))
  if (value === undefined) return call.says('invalid number', 'value', 0)
  const { bounds } = call.form
  if (bounds === undefined) return
  if (bounds.high === -1) {
    if (value < bounds.low) call.fail(`value must be equal to or greater than ${bounds.low}`, 0)
  } else if (value < bounds.low || value > bounds.high) {
    call.fail(`value must be between ${bounds.low} and ${bounds.high}`, 0)
  }
}

const buffers: Slot = (call) => {
  if (call.isDuplicate) call.duplicate()
  else if (!readNumber(call.arg(0)) || !readSize(call.arg(1))) call.says('invalid value')
}

const words: Slot = (call) => {
  if (call.form.setter === 'enum' && call.isDuplicate) return call.duplicate()
  const known = call.form.words?.map((word) => word.toLowerCase())
  if (known === undefined) return
  call.args.forEach((arg, index) => {
    if (!call.failed && !known.includes(arg.toLowerCase())) call.fail(`invalid value "${arg}"`, index)
  })
}

const text: Slot = (call) => {
  if (call.isDuplicate) call.duplicate()
}

const path: Slot = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const levels = call.args.slice(1).map(readNumber)
  if (levels.some((level) => !level)) return call.says('invalid value')
  const length = levels.reduce<number>((sum, level) => sum + (level as number) + 1, 0)
  if (length > 10 + levels.length) return call.says('invalid value')
  claimPath(call, call.arg(0).replace(/\/$/, ''), levels.join(':'))
}

const access: Slot = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const wrong = call.args.findIndex(
    (arg) => !/^(?:user|group|all):r?w?$/.test(arg) || !/:(?:rw|r)$/.test(arg),
  )
  if (wrong !== -1) call.fail(`invalid value "${call.arg(wrong)}"`, wrong)
}

const complex: Slot = (call) => {
  if (call.isDuplicate) call.duplicate()
  else useText(call, 0)
}

const complexSize: Slot = (call) => {
  complex(call)
  if (!call.failed && !call.arg(0).includes('$') && readSize(call.arg(0)) === undefined)
    call.says('invalid value', 'value', 0)
}

const everyArgument: Slot = (call) => {
  for (const index of call.args.keys()) useText(call, index)
}

const namesVariable: Slot = (call) => {
  const [name = ''] = call.args
  if (!name.startsWith('$')) call.fail(`invalid variable name "${name}"`, 0, 'variable')
  else call.family?.defined.add(name.slice(1).toLowerCase())
}

export const slots: Record<string, Slot> = {
  flag,
  num: number,
  size: once(readSize, 'invalid value'),
  off: once(readOffset, 'invalid value'),
  msec: once((value) => readTime(value, false), 'invalid value'),
  sec: once((value) => readTime(value, true), 'invalid value'),
  bufs: buffers,
  enum: words,
  bitmask: words,
  str: text,
  path,
  access,
  ngx_http_set_complex_value_slot: complex,
  ngx_http_set_complex_value_zero_slot: complex,
  ngx_http_set_complex_value_size_slot: complexSize,
  ngx_stream_set_complex_value_slot: complex,
  ngx_stream_set_complex_value_zero_slot: complex,
  ngx_stream_set_complex_value_size_slot: complexSize,
  ndk_set_var_value: namesVariable,
  ndk_set_var_multi_value: namesVariable,
  ndk_set_var_value_data: namesVariable,
  ngx_http_set_predicate_slot: everyArgument,
}
