// A lane that is out of service and has nothing left says so, however its last request went: the worker's end hangs on it.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { PosternError } from '../../../errors.ts'
import { Dispatcher } from '../../../gateway/pool/dispatch.ts'
import { END, frameHeader, GAVE_BACK, RESPONSE } from '../../../gateway/pool/frames.ts'
import { Lane, type LaneHost } from '../../../gateway/pool/lane.ts'
import { FakeExchange } from '../../helpers/exchange.ts'

async function socketPair(t: ExecutionContext): Promise<[Socket, Socket]> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [far] = (await once(server, 'connection')) as [Socket]
  server.close()
  t.teardown(() => {
    near.destroy()
    far.destroy()
  })
  return [near, far]
}

const head = Buffer.from('200 OK\r\n\r\n')

const response = frameHeader(head.length, 1, RESPONSE, END)
response.writeUInt16LE(head.length, 10)

const endings = {
  'was answered': [response, head],
  'was given back': [frameHeader(0, 1, GAVE_BACK, 0)],
}

for (const [title, frames] of Object.entries(endings)) {
  test(`a retired lane whose last request ${title} is reported as idle`, async (t) => {
    const [near, far] = await socketPair(t)
    const dispatcher = new Dispatcher({ queueLimit: 10, queueTimeoutMs: 0 })
    t.teardown(() => {
      dispatcher.refuseAll(() => new PosternError('NO_WORKER', undefined))
      dispatcher.stop()
    })
    const host: LaneHost = {
      workerId: 1,
      busyLanes: 0,
      askGiveBack() {},
      askCancel() {},
      pass: () => false,
      broken: (error) => t.fail(error.message),
    }
    const lane = new Lane(host, 0, near, dispatcher)
    const idle = new Promise<Lane>((resolve) => {
      dispatcher.listener = {
        laneClosed() {},
        requestDone() {},
        retiredIdle: resolve,
        hasBegun: () => true,
        answered: () => 0,
      }
    })
    dispatcher.addLane(lane)
    dispatcher.submit(new FakeExchange('/'))
    await once(far, 'data')
    dispatcher.retire(lane)
    far.write(Buffer.concat(frames))
    t.is(await idle, lane)
    t.is(host.busyLanes, 0)
  })
}
