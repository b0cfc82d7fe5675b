// A lone request answered by its worker: the peer's next request may show that the answer is there before the worker's own
// words have been read, in whatever order those come. None of them breaks the lane, and every figure is counted once.

import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { Dispatcher } from '../../../gateway/pool/dispatch.ts'
import {
  AFTER,
  CLOSED,
  DONE,
  END,
  frameHeader,
  INFORM,
  LOGVARS,
  QUIET,
  RESPONSE,
  REST,
} from '../../../gateway/pool/frames.ts'
import { holdFrom } from '../../../gateway/pool/holdings.ts'
import { Lane, type LaneHost } from '../../../gateway/pool/lane.ts'
import { FakeExchange } from '../../helpers/exchange.ts'

/** An exchange on a kept connection whose descriptor any worker may have. */
class KeptExchange extends FakeExchange {
  readonly direct = {
    number: 7,
    handle: undefined,
    served: holdFrom + 1,
    carried: 0,
    holders: new Set<never>(),
  }
  follower: { peerHasAll(): void } | undefined
  directly = 0

  answered(): void {
    this.directly += 1
  }

  rest(): boolean {
    return true
  }
}

const done = (id: number, flags = 0): Buffer => {
  const frame = Buffer.alloc(22)
  frameHeader(10, id, DONE, END | flags).copy(frame)
  frame.writeUInt16LE(40, 10)
  frame.writeUInt32LE(5, 12)
  frame.writeUInt16LE(200, 20)
  return frame
}

const response = (id: number): Buffer => {
  const head = Buffer.from('200 OK\r\n\r\n')
  const header = frameHeader(head.length, id, RESPONSE, END)
  header.writeUInt16LE(head.length, 10)
  return Buffer.concat([header, head])
}

const logvars = (id: number): Buffer =>
  Buffer.concat([frameHeader(9, id, LOGVARS, 0), Buffer.from('{"a":"b"}')])

async function laneOf(
  t: ExecutionContext,
): Promise<{ dispatcher: Dispatcher; lane: Lane; worker: Socket; broken: string[] }> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as { port: number }).port, '127.0.0.1')
  const [worker] = (await once(server, 'connection')) as [Socket]
  server.close()
  const dispatcher = new Dispatcher({ queueLimit: 10, queueTimeoutMs: 0 })
  const broken: string[] = []
  const host: LaneHost = {
    workerId: 1,
    busyLanes: 0,
    askGiveBack() {},
    askCancel() {},
    broken: (error) => broken.push(error.message),
    pass: () => true,
  }
  const lane = new Lane(host, 0, near, dispatcher)
  dispatcher.addLane(lane)
  t.teardown(() => {
    dispatcher.stop()
    near.destroy()
    worker.destroy()
  })
  return { dispatcher, lane, worker, broken }
}

const late: Record<string, Buffer[]> = {
  'its figures': [done(1)],
  'its figures twice': [done(1), done(1)],
  'that it streamed, then its figures': [frameHeader(0, 1, REST, 0), done(1)],
  'variables for the log, then its figures': [logvars(1), done(1)],
  'an interim answer, then its figures': [
    Buffer.concat([frameHeader(4, 1, INFORM, 0), Buffer.from('100 ')]),
    done(1),
  ],
  'its figures, then the end of a slow close()': [done(1, AFTER), frameHeader(0, 1, CLOSED, 0)],
}

test('later figures are read from the started file while earlier ones are on their way: both count, once', async (t) => {
  const { dispatcher, lane, worker, broken } = await laneOf(t)
  const [first, second, third] = [new KeptExchange('/1'), new KeptExchange('/2'), new FakeExchange('/3')]
  dispatcher.submit(first)
  await once(worker, 'data')
  first.follower?.peerHasAll()
  dispatcher.submit(second)
  await once(worker, 'data')
  const kept = (frames: Buffer): void => lane.settle({ slot: 2, answering: 2, answered: 2, kept: frames })
  kept(done(2))
  t.is(dispatcher.tally.finished, 1)
  // Torn: being written anew at this very moment, it speaks of requests that nobody has asked for.
  kept(Buffer.concat([done(9), done(2)]))
  t.is(dispatcher.tally.finished, 1)
  dispatcher.submit(third)
  await once(worker, 'data')
  worker.write(Buffer.concat([done(1), done(2), response(3)]))
  await third.over
  t.deepEqual(broken, [])
  t.is(dispatcher.tally.finished, 3)
  t.is(dispatcher.tally.directAnswers, 2)
  t.false(lane.isQuiet)
})

for (const [what, frames] of Object.entries(late)) {
  test(`after the peer has gone on, a worker tells ${what}`, async (t) => {
    const { dispatcher, lane, worker, broken } = await laneOf(t)
    const first = new KeptExchange('/first')
    dispatcher.submit(first)
    const [request] = (await once(worker, 'data')) as [Buffer]
    t.is(request[9], QUIET)
    t.is(request.readUInt32LE(16), 7)
    first.follower?.peerHasAll()
    t.true(lane.idle)
    const second = new FakeExchange('/second')
    dispatcher.submit(second)
    await once(worker, 'data')
    worker.write(Buffer.concat([...frames, response(2)]))
    await second.over
    t.deepEqual(broken, [])
    t.is(dispatcher.tally.finished, 2)
    t.is(dispatcher.tally.directAnswers, 1)
    t.is(dispatcher.tally.bytesOut, 45 + 10)
    t.true(lane.idle)
  })
}
