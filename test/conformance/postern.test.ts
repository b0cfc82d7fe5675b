// Postern passes every conformance case, directly and behind nginx by each protocol. One gateway serves them all.
import test from 'ava'
import { cases } from './case.ts'
import { runServer } from './run.ts'
import { postern } from './servers.ts'

test('postern passes the conformance cases by every way', async (t) => {
  const { ways } = await runServer(postern)
  t.true(ways.length === 4 || (ways.length === 1 && !process.env.CI), 'nginx is needed for three of the ways')
  for (const { way, verdicts } of ways) {
    t.is(verdicts.length, cases.length)
    for (const verdict of verdicts)
      t.is(verdict.wrong, undefined, `${way}: ${verdict.name}: ${verdict.wrong}`)
  }
})

test('the cases are about a hundred and their names and claims are unique', (t) => {
  t.true(cases.length >= 100)
  for (const key of ['name', 'claim'] as const)
    t.is(new Set(cases.map((one) => one[key])).size, cases.length, key)
})
