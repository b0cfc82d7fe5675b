// The conformance cases with wsgiref.validate between postern and the application: it checks both sides. What it
// must refuse is marked in the data, and it must refuse it: a mark cannot stand for a failure of ours.
import test from 'ava'
import { type Case, cases } from './case.ts'
import { runCase } from './run.ts'
import { startWays } from './servers.ts'

const valid = cases.filter((one) => one.invalid === undefined)
const refused = cases.filter((one) => one.invalid !== undefined)

const isRefusal = (text: string) => text.includes('AssertionError')

test('every valid conformance case passes under wsgiref.validate, by every way', async (t) => {
  const server = await startWays({ module: 'validated', chdir: import.meta.dirname })
  const skips = (one: Case, direct: boolean) =>
    !direct && (one.link === 'direct' || one.name.startsWith('http-'))
  try {
    for (const way of server.ways)
      for (const one of valid.filter((each) => !skips(each, way.direct))) {
        const before = server.log().length
        t.is(await runCase(one, way, server.log), undefined, `${way.name}: ${one.name}`)
        t.false(isRefusal(server.log().slice(before)), `${way.name}: ${one.name} is refused by the validator`)
      }
    const [way] = server.ways
    if (way === undefined) throw new Error('no way')
    for (const one of refused) {
      const before = server.log().length
      await runCase(one, way, server.log)
      for (let turn = 0; turn < 80 && !isRefusal(server.log().slice(before)); turn += 1)
        await new Promise((resolve) => setTimeout(resolve, 25))
      t.true(isRefusal(server.log().slice(before)), `${one.name} is marked and not refused`)
    }
  } finally {
    await server.stop()
  }
})

test('the validator refuses 36 cases, each with its reason, and accepts all others', (t) => {
  t.is(refused.length, 36)
  t.is(valid.length, cases.length - 36)
  for (const one of refused) t.true((one.invalid?.length ?? 0) > 5, one.name)
})
