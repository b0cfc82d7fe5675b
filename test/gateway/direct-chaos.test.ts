// Many kept connections whose requests change between lone, crowded, long and streamed, while workers are replaced: every
// peer gets its own answer, whole, whoever wrote it.

import test from 'ava'
import { startTestGateway } from '../helpers/gateway.ts'
import { KeptPeer } from '../helpers/kept-peer.ts'

const app = `
import time

def application(environ, start_response):
    number, size, kind = environ['QUERY_STRING'].split('-')
    unit = number.encode().rjust(10, b'.')
    body = unit * (int(size) // 10)
    start_response('200 OK', [('X-Number', number)])
    if kind == 'stream':
        return (body[at:at + 30000] for at in range(0, len(body), 30000))
    if kind == 'slow':
        time.sleep(0.01)
    return [body]
`

const sizes = [10, 10, 10, 10, 2_000, 16_380, 20_000, 70_000, 300_000]
const kinds = ['whole', 'whole', 'whole', 'stream', 'slow']

test('connections, workers and reloads in disorder: no answer is mixed up, cut or lost', async (t) => {
  const up = await startTestGateway(
    t,
    { 'disable-logging': true, processes: 2, threads: 2, 'max-requests': 300 },
    app,
  )
  let asked = 0
  const wrong: string[] = []
  const ask = async (peer: KeptPeer): Promise<void> => {
    const number = ++asked
    const size = sizes[(number * 7) % sizes.length] as number
    const kind = kinds[(number * 3) % kinds.length] as string
    const heard = await peer.ask(`/?${number}-${size}-${kind}`)
    const expected = String(number)
      .padStart(10, '.')
      .repeat(size / 10)
    if (heard.status !== 200 || !heard.whole || heard.body.toString() !== expected)
      wrong.push(`${number}: ${heard.status}, ${heard.body.length} of ${size} bytes, whole ${heard.whole}`)
  }
  const crowd = async (members: number, requests: number): Promise<void> => {
    await Promise.all(
      Array.from({ length: members }, async () => {
        const peer = await KeptPeer.open(up.socket)
        for (let turn = 0; turn < requests; turn++) await ask(peer)
        peer.leave()
      }),
    )
  }
  for (const members of [1, 8, 1, 3, 12, 1]) {
    const [, result] = await Promise.all([
      crowd(members, 120),
      members === 8 ? undefined : up.gateway.reload(),
    ])
    if (result !== undefined) t.true(result.ok)
  }
  t.deepEqual(wrong, [])
  // Words of the last answers may be on their way; that the last one comes is the claim.
  while (up.gateway.status().requests.finished < asked) await new Promise((resolve) => setTimeout(resolve, 5))
  const { requests } = up.gateway.status()
  t.is(requests.finished, asked)
  t.is(requests.clientsGone, 0)
  t.true(requests.directAnswers > asked / 10, `${requests.directAnswers} of ${asked} direct`)
  t.deepEqual(
    up.log.said.filter(({ level }) => level === 'error'),
    [],
  )
})
