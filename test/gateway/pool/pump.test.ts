// When the queue is looked at. Events of the loop, no clocks.

import test from 'ava'
import { batchLimit, companyFrom, companyTurns, Pump, waitsForCompany } from '../../../gateway/pool/pump.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function world(running: number) {
  const state = { waiting: 0, runs: 0 }
  const pump = new Pump(
    () => {
      state.runs += 1
      state.waiting = 0
    },
    () => state.waiting,
    () => running,
  )
  return { state, pump }
}

test('a lone request goes with the turn it came in', async (t) => {
  const { state, pump } = world(0)
  state.waiting = 1
  pump.schedule()
  await turn()
  t.is(state.runs, 1)
})

test('among others, a batch waits as long as more come in, at most so many turns', async (t) => {
  const { state, pump } = world(companyFrom)
  pump.schedule()
  for (let turns = 0; turns < companyTurns; turns++) {
    state.waiting += 1
    await turn()
    t.is(state.runs, 0, `turn ${turns}`)
  }
  state.waiting += 1
  await turn()
  t.is(state.runs, 1)
})

test('a turn that brings nothing new ends the wait', async (t) => {
  const { state, pump } = world(companyFrom)
  state.waiting = 1
  pump.schedule()
  await turn()
  await turn()
  t.is(state.runs, 1)
})

test('scheduling twice looks once', async (t) => {
  const { state, pump } = world(0)
  pump.schedule()
  pump.schedule()
  await turn()
  await turn()
  t.is(state.runs, 1)
})

test('what waits, what was seen and what runs decide, at the limits and one past', (t) => {
  t.true(waitsForCompany(1, 0, companyFrom - 1))
  t.false(waitsForCompany(1, 0, companyFrom - 2))
  t.false(waitsForCompany(3, 3, 10))
  t.true(waitsForCompany(batchLimit - 1, 0, 0))
  t.false(waitsForCompany(batchLimit, 0, 0))
})
