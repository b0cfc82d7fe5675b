// Numbers of the HTTP/2 module that have bounds of their own, and pushes (gone in 1.25.1).

import type { Call } from '../call.ts'
import { readNumber, readSize } from '../values.ts'
import { useText } from '../variables.ts'
import type { Handler } from './core.ts'
import { clashesWithOff } from './off.ts'

const LARGEST = 2 ** 31 - 1

const size =
  (check: (size: number, call: Call) => void): Handler =>
  (call) => {
    if (call.isDuplicate) return call.duplicate()
    const value = readSize(call.arg(0))
    if (value === undefined) call.says('invalid value', 'value', 0)
    else check(value, call)
  }

const preread = size((value, call) => {
  if (value > LARGEST) call.fail(`the maximum body preread buffer size is ${LARGEST}`, 0)
})

const chunk = size((value, call) => {
  if (value === 0) call.fail('the http2 chunk size cannot be zero', 0)
})

const receive = size((value, call) => {
  if (value <= (call.world.minor < 25 ? 32 : 16)) call.says('value is too small', 'value', 0)
})

const index: Handler = (call) => {
  if (call.isDuplicate) return call.duplicate()
  const value = readNumber(call.arg(0))
  if (value === undefined) call.says('invalid number', 'value', 0)
  else if (value === 0 || !Number.isInteger(Math.log2(value))) call.says('must be a power of two', 'value', 0)
}

const push: Handler = (call) => {
  if (!clashesWithOff(call) && call.arg(0) !== 'off') useText(call, 0)
}

export const http2: Record<string, Handler> = {
  'HTTP:http2_body_preread_size': preread,
  'HTTP:http2_chunk_size': chunk,
  'HTTP:http2_recv_buffer_size': receive,
  'HTTP:http2_streams_index_size': index,
  'HTTP:http2_push': push,
}
