// Which connections a worker is given: those that have brought enough, up to a limit, until they are closed.

import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import test from 'ava'
import type { DirectConnection } from '../../../gateway/exchange.ts'
import { FORGET } from '../../../gateway/pool/frames.ts'
import { Holdings, holdFrom, holdFromBytes, holdLimit } from '../../../gateway/pool/holdings.ts'

let last = 0
const connection = (served: number, carried = 0): DirectConnection => ({
  number: ++last,
  handle: undefined,
  served,
  carried,
  holders: new Set(),
})

function holdings(passes: () => boolean = () => true): {
  held: Holdings
  passed: number[]
  wire: PassThrough
} {
  const passed: number[] = []
  const wire = new PassThrough()
  const held = new Holdings(wire as unknown as Socket, ({ number }) => {
    if (!passes()) return false
    passed.push(number)
    return true
  })
  return { held, passed, wire }
}

test('a connection is passed on once it has brought more requests than the limit, one by one, and only once', (t) => {
  const { held, passed } = holdings()
  const one = connection(holdFrom)
  t.false(held.has(one, true))
  one.served += 1
  t.false(held.has(one, false))
  t.true(held.has(one, true))
  t.true(held.has(one, false))
  t.deepEqual(passed, [one.number])
})

test('or once more bytes of large answers than the limit have gone to it through the gateway', (t) => {
  const { held, passed } = holdings()
  t.false(held.has(connection(1, holdFromBytes), false))
  t.true(held.has(connection(1, holdFromBytes + 1), false))
  t.is(passed.length, 1)
})

test('a lane holds as many as the limit, not one more, until one is closed', (t) => {
  const { held } = holdings()
  const all = Array.from({ length: holdLimit }, () => connection(100))
  for (const one of all) t.true(held.has(one, true))
  const more = connection(100)
  t.false(held.has(more, true))
  held.forget((all[0] as DirectConnection).number)
  t.true(held.has(more, true))
})

test('where there is no way to the worker nothing is held', (t) => {
  const { held } = holdings(() => false)
  const one = connection(100)
  t.false(held.has(one, true))
  t.is(one.holders.size, 0)
})

test('connections that are closed together are told in one frame', async (t) => {
  const { held, wire } = holdings()
  const [one, two] = [connection(100), connection(100)]
  held.has(one, true)
  held.has(two, true)
  held.forget(one.number)
  held.forget(two.number)
  const keepAwake = setInterval(() => {}, 1_000) // its own timer lets a gateway end
  const frame: Buffer = await new Promise((resolve) => wire.once('data', resolve))
  clearInterval(keepAwake)
  t.is(frame[8], FORGET)
  t.deepEqual(
    [frame.readUInt32LE(0), frame.readUInt32LE(12), frame.readUInt32LE(16)],
    [8, one.number, two.number],
  )
  t.is(frame.length, 20)
})

test('when the worker is gone no connection remembers it', (t) => {
  const { held } = holdings()
  const one = connection(100)
  held.has(one, true)
  t.is(one.holders.size, 1)
  held.release()
  t.is(one.holders.size, 0)
})
