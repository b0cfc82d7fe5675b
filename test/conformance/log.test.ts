// What the log says of an application that breaks PEP 3333: the request, the reason, and the application's own frame.
import test from 'ava'
import { type Case, cases } from './case.ts'
import { runCase } from './run.ts'
import { startWays } from './servers.ts'

/** A frame, or where the application comes from when it has none in this. */
const place = /(in |File ")\S*\/conformance\/app\.py|\(\S*\/conformance\/app\.py:\d+\)/

/** The application's own 500. */
const answersItself = new Set(['exc-info-first'])

const failing = cases.filter(
  ({ name, topic, expect }) =>
    topic !== 'HTTP' && !answersItself.has(name) && (expect.status === 500 || expect.visible),
)

/** Dropped or cut by the gateway's worker, without a failure. */
const noted: [string, RegExp][] = [
  ['length-too-short', /longer than its Content-Length of \d+; the excess was not sent/],
  ['status-204-body', /a 204 response has no body/],
  ['hop-connection', /the header connection belongs to the server/i],
]

test('the log names the application’s frame for everything that fails, and no header value', async (t) => {
  const server = await startWays({ module: 'app', chdir: import.meta.dirname })
  const [way] = server.ways
  const find = (name: string) => cases.find((one) => one.name === name) as Case
  try {
    if (way === undefined) throw new Error('no way')
    const logged = async (one: Case, wanted: RegExp): Promise<string> => {
      const before = server.log().length
      await runCase(one, way, server.log)
      const said = () => server.log().slice(before)
      for (let turn = 0; turn < 80 && !wanted.test(said()); turn += 1)
        await new Promise((resolve) => setTimeout(resolve, 25))
      return said()
    }
    t.true(failing.length > 40)
    for (const one of failing) {
      const said = await logged(one, place)
      t.regex(said, place, one.name)
      t.true(said.includes(`/c/${one.name}`), `${one.name}: the request is named`)
      t.false(said.includes('X-Injected: 1'), `${one.name}: what would be injected is not in the log`)
    }
    for (const [name, wanted] of noted) {
      const said = await logged(find(name), wanted)
      t.regex(said, wanted, name)
      t.regex(said, place, name)
    }
  } finally {
    await server.stop()
  }
})
