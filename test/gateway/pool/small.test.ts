// The small pure parts of the pool: costs, the queue, scaling, JSON lines, histograms.

import test from 'ava'
import { Costs, sampleLimitMicros, slowMicros, unknownMicros } from '../../../gateway/pool/cost.ts'
import { Fifo } from '../../../gateway/pool/fifo.ts'
import { LineReader } from '../../../gateway/pool/lines.ts'
import { calmMs, scale, waitLimitMs } from '../../../gateway/pool/scale.ts'
import { Histogram } from '../../../gateway/pool/tally.ts'

test('costs: an unseen path costs what the usual request costs', (t) => {
  const costs = new Costs()
  t.is(costs.expect(1), unknownMicros)
  for (let n = 0; n < 500; n++) costs.learn(2, 20)
  t.true(costs.expect(1) < 40)
})

test('costs: one stall does not brand a fast path for long', (t) => {
  const costs = new Costs()
  for (let n = 0; n < 50; n++) costs.learn(1, 20)
  costs.learn(1, 10_000_000)
  t.true(costs.expect(1) <= 20 + sampleLimitMicros / 8)
  for (let n = 0; n < 20; n++) costs.learn(1, 20)
  t.true(costs.expect(1) < slowMicros / 4)
})

test('costs: a path that was seen to run long counts as slow at once', (t) => {
  const costs = new Costs()
  costs.learn(1, 20)
  costs.brand(1)
  t.true(costs.expect(1) >= slowMicros)
})

test('fifo: first in, first out, what is put back is first again', (t) => {
  const queue = new Fifo<number>()
  for (const n of [1, 2, 3]) queue.push(n)
  t.is(queue.shift(), 1)
  queue.putBack([8, 9])
  t.deepEqual([...queue], [8, 9, 2, 3])
  t.true(queue.remove(2))
  t.false(queue.remove(2))
  t.deepEqual([queue.shift(), queue.shift(), queue.shift(), queue.shift()], [8, 9, 3, undefined])
  t.is(queue.length, 0)
})

test('fifo: keeps its order over thousands', (t) => {
  const queue = new Fifo<number>()
  const out: (number | undefined)[] = []
  for (let n = 0; n < 5_000; n++) {
    queue.push(n)
    if (n % 3 === 0) out.push(queue.shift())
  }
  while (queue.length > 0) out.push(queue.shift())
  t.deepEqual(
    out,
    Array.from({ length: 5_000 }, (_, n) => n),
  )
})

const calm = { desired: 2, min: 1, max: 4, step: 2, oldestWaitMs: 0, busyLanes: 0, threads: 1, calmSince: 0 }

test('scale: a wait adds workers, up to the limit', (t) => {
  t.is(scale({ ...calm, oldestWaitMs: waitLimitMs }, 0).desired, 2)
  t.is(scale({ ...calm, oldestWaitMs: waitLimitMs + 1 }, 0).desired, 4)
  t.is(scale({ ...calm, desired: 3, oldestWaitMs: 99 }, 0).desired, 4)
})

test('scale: one worker leaves after a calm time, never below the minimum', (t) => {
  const first = scale(calm, 1_000)
  t.deepEqual(first, { desired: 2, calmSince: 1_000 })
  t.is(scale({ ...calm, ...first }, 1_000 + calmMs - 1).desired, 2)
  t.is(scale({ ...calm, ...first }, 1_000 + calmMs).desired, 1)
  t.is(scale({ ...calm, desired: 1, calmSince: 1 }, 99_000).desired, 1)
})

test('lines: objects across reads, and nothing else', (t) => {
  const lines = new LineReader(64)
  t.deepEqual(lines.push(Buffer.from('{"a":1}\n{"b"')), [{ a: 1 }])
  t.deepEqual(lines.push(Buffer.from(':2}\n\n')), [{ b: 2 }])
  t.throws(() => lines.push(Buffer.from('[1]\n')), { message: /not an object/ })
  t.throws(() => new LineReader(64).push(Buffer.from('nonsense\n')), { message: /not JSON/ })
})

test('lines: a line may be as long as the limit, not longer', (t) => {
  const line = (size: number) => Buffer.from(`{"a":"${'x'.repeat(size - 8)}"}\n`)
  t.is(new LineReader(64).push(line(64)).length, 1)
  t.throws(() => new LineReader(64).push(line(65)), { message: /longer than 64 bytes/ })
})

test('histogram: a bucket holds what is under its power of two', (t) => {
  const times = new Histogram()
  for (const micros of [0.5, 1, 15, 16, 1e12]) times.add(micros)
  t.is(times.counts[0], 1)
  t.is(times.counts[1], 1)
  t.is(times.counts[4], 1)
  t.is(times.counts[5], 1)
  t.is(times.counts.at(-1), 1)
})
