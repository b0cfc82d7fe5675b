// Workers that answer on the peer's own connection (docs/wire.md, Direct answers): what comes there, whoever writes it, and
// what becomes of connections, requests and figures when somebody goes.

import { readdirSync, readlinkSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import type { GatewayOptionsInput } from '../../gateway/index.ts'
import { holdFrom } from '../../gateway/pool/holdings.ts'
import { startTestGateway, type TestGateway } from '../helpers/gateway.ts'
import { KeptPeer } from '../helpers/kept-peer.ts'
import { record, speak } from '../helpers/speak.ts'

const app = `
import os, signal, time
here = os.path.dirname(__file__)

def wait(name):
    while not os.path.exists(os.path.join(here, name)):
        time.sleep(0.002)

def stream():
    yield b'a' * 10
    wait('go')
    yield b'b' * 100000
    yield b''
    yield b'c'

def die():
    yield b'begun'
    os.kill(os.getpid(), signal.SIGKILL)

def application(environ, start_response):
    path, query = environ['PATH_INFO'], environ['QUERY_STRING']
    headers = [('Content-Type', 'text/plain')]
    if path == '/large':
        body = bytes(range(256)) * (int(query) // 256)
    elif path == '/length':
        start_response('200 OK', headers + [('Content-Length', '200000')])
        return iter([b'x' * 50000] * 4)
    elif path == '/stream':
        start_response('200 OK', headers)
        return stream()
    elif path == '/die':
        start_response('200 OK', headers)
        return die()
    elif path == '/kill':
        os.kill(os.getpid(), signal.SIGKILL)
    elif path == '/raise':
        raise RuntimeError('secret')
    elif path == '/raise-late':
        def late():
            yield b'begun'
            raise RuntimeError('secret')
        start_response('200 OK', headers)
        return late()
    elif path == '/wait':
        wait('go')
        body = b'waited'
    elif path == '/fork':
        if os.fork() == 0:
            wait('go')
            os._exit(0)
        body = b'forked'
    elif path == '/none':
        start_response('204 No Content', [])
        return []
    elif path == '/pid':
        body = str(os.getpid()).encode()
    else:
        body = (environ['REQUEST_METHOD'] + ' ' + path + ' ' + query + ' ').encode() + environ['wsgi.input'].read()
    start_response('200 OK', headers)
    return [body]
`

const start = (t: ExecutionContext, options: Partial<GatewayOptionsInput> = {}): Promise<TestGateway> =>
  startTestGateway(t, { 'disable-logging': true, ...options }, app)

const endRequest = record(3, Buffer.alloc(8))

const counted = (up: TestGateway): number => up.gateway.status().requests.directAnswers

/** A connection whose descriptor the worker has, as its answers show. */
async function known(t: ExecutionContext, up: TestGateway): Promise<KeptPeer> {
  const peer = await KeptPeer.open(up.socket)
  t.teardown(() => peer.leave())
  const before = counted(up)
  for (let turn = 0; counted(up) === before; turn++) {
    if (turn > holdFrom + 100) throw new Error('no worker answers on this connection')
    await peer.ask('/')
  }
  return peer
}

/** Connections that the process has open, without those of its own making. */
const sockets = (pid: number): number =>
  readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
    } catch {
      return false
    }
  }).length

const pidOf = async (peer: KeptPeer): Promise<number> => Number((await peer.ask('/pid')).body.toString())

/** Waits for something the system does after a message of ours; the test's own time limit ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('a kept connection is answered by the worker itself after some requests, and its answers are the same', async (t) => {
  const up = await start(t)
  const plain = await start(t, { 'direct-answers': false })
  const peer = await known(t, up)
  const other = await KeptPeer.open(plain.socket)
  t.teardown(() => other.leave())
  const begun = counted(up)
  const asked = [
    { target: '/page?a=b' },
    { target: '/page', method: 'POST', body: Buffer.from('a body') },
    { target: '/page', method: 'HEAD' },
    { target: '/none' },
    { target: '/large?256' },
    { target: '/large?16384' },
    { target: '/large?16640' },
    { target: '/large?65536' },
    { target: '/large?1048576' },
    { target: '/length' },
    { target: '/length', method: 'HEAD' },
  ]
  for (const { target, ...said } of asked) {
    const [direct, relayed] = [await peer.ask(target, said), await other.ask(target, said)]
    t.deepEqual(direct.headers, relayed.headers, target)
    t.true(direct.body.equals(relayed.body), target)
    t.true(direct.whole, target)
  }
  // One that comes before the gateway has heard of a long answer's end is not alone, and small: it goes by the gateway.
  t.true(counted(up) - begun > asked.length / 2, `${counted(up) - begun} of ${asked.length}`)
  t.is(counted(plain), 0)
})

test('with direct-answers off the gateway answers', async (t) => {
  const up = await start(t, { 'direct-answers': false })
  const peer = await KeptPeer.open(up.socket)
  t.teardown(() => peer.leave())
  for (let turn = 0; turn < 2 * holdFrom; turn++) t.is((await peer.ask('/')).status, 200)
  t.is(counted(up), 0)
})

test('a stream goes out piece by piece, and marks its end', async (t) => {
  const up = await start(t, { processes: 2 })
  const peer = await known(t, up)
  peer.say('/stream')
  while (!peer.bytes.includes('aaaaaaaaaa')) await peer.news()
  t.false(peer.bytes.includes('b'))
  up.go()
  const heard = await peer.hear()
  t.is(heard.body.toString(), `${'a'.repeat(10)}${'b'.repeat(100_000)}c`)
  t.true(heard.whole)
  t.is((await peer.ask('/after')).status, 200)
})

const bytesOf = (size: number): Buffer =>
  Buffer.alloc(size, Buffer.from(Array.from({ length: 256 }, (_, n) => n)))

test('a peer that does not read holds no worker: the rest of an answer waits in the gateway', async (t) => {
  const up = await start(t)
  const slow = await known(t, up)
  const other = await KeptPeer.open(up.socket)
  t.teardown(() => other.leave())
  const size = 512 * 1024
  slow.socket.pause()
  slow.say(`/large?${size}`)
  t.is((await other.ask('/')).status, 200) // there is one worker
  slow.socket.resume()
  const heard = await slow.hear()
  t.true(heard.whole && heard.body.equals(bytesOf(size)))
  t.is((await slow.ask('/after')).status, 200)
})

test('an answer larger than all buffers on the way comes byte for byte, however slowly it is read', async (t) => {
  const up = await start(t)
  const slow = await known(t, up)
  const size = 4 * 1024 * 1024
  slow.socket.pause()
  slow.say(`/large?${size}`)
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 150)) // longer than the worker waits for room
    slow.socket.resume()
    await slow.news()
    slow.socket.pause()
  }
  slow.socket.resume()
  const heard = await slow.hear()
  t.true(heard.whole && heard.body.equals(bytesOf(size)))
  t.is((await slow.ask('/after')).status, 200)
})

test('the figures of lone requests are there when somebody asks, though their worker keeps them', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  const { requests } = up.gateway.status()
  for (let turn = 1; turn <= 100; turn++) {
    await peer.ask('/')
    if (turn % 10 !== 0) continue
    // The peer may have its answer before the worker has noted it, and words of it may be on their way.
    await until(() => up.gateway.status().requests.finished - requests.finished === turn)
    const now = up.gateway.status().requests
    t.is((now.statuses['2xx'] ?? 0) - (requests.statuses['2xx'] ?? 0), turn)
    t.true(now.directAnswers - requests.directAnswers > turn / 2)
  }
})

test('a worker killed while it runs an unanswered request costs a 502, and the connection is not used again', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  const heard = await peer.ask('/kill')
  t.is(heard.status, 502)
  t.true(heard.whole)
  await peer.closed()
  const next = await KeptPeer.open(up.socket)
  t.teardown(() => next.leave())
  t.is((await next.ask('/')).status, 200)
})

test('a worker killed within its own answer leaves one that never looks whole', async (t) => {
  const up = await start(t, { processes: 2 })
  const peer = await known(t, up)
  const heard = await peer.ask('/die')
  t.is(heard.body.toString(), 'begun')
  t.false(heard.whole)
  await peer.closed()
})

test('a worker killed after a lone answer costs nothing: the answer counts, the connection goes on', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  const pid = await pidOf(peer)
  const before = up.gateway.status().requests.finished
  t.is((await peer.ask('/last')).status, 200)
  process.kill(pid, 'SIGKILL')
  const { facts } = await up.log.heard(({ event }) => event === 'worker died')
  t.is(facts.lost, undefined)
  t.is(up.gateway.status().requests.finished, before + 1)
  t.is((await peer.ask('/next')).status, 200)
})

test('an exception before the answer is a 500 of the gateway, one within it breaks the connection', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  const early = await peer.ask('/raise')
  t.is(early.status, 500)
  t.false(early.body.includes('secret'))
  t.is((await peer.ask('/')).status, 200)
  const late = await peer.ask('/raise-late')
  t.is(late.body.toString(), 'begun')
  t.false(late.whole)
  await peer.closed()
})

test('a request past harakiri is answered once; what its worker still writes goes nowhere', async (t) => {
  const up = await start(t, { harakiri: 1 })
  const peer = await known(t, up)
  const heard = await peer.ask('/wait')
  t.is(heard.status, 504)
  await peer.closed()
  up.go()
  // A record that nginx does not expect behind an answer: it does not use the connection again (docs/decisions/0182).
  t.deepEqual([...peer.bytes.subarray(0, 2)], [1, 11])
  t.is(peer.bytes.length, 16)
})

test('a peer that asks again before its answer is there harms nobody else', async (t) => {
  const up = await start(t)
  const rude = await known(t, up)
  const polite = await known(t, up)
  rude.say('/wait')
  rude.say('/second')
  polite.say('/polite')
  up.go()
  t.is((await polite.hear()).body.toString(), 'GET /polite  ')
  const first = await rude.hear()
  t.regex(first.body.toString(), /^(waited|GET \/second {2}|400 Bad Request\n.*has not ended\n)$/)
  t.is((await polite.ask('/again')).status, 200)
  t.deepEqual(
    up.log.said.filter(({ level }) => level === 'error'),
    [],
  )
})

test('when a peer leaves, its worker lets go of the connection', async (t) => {
  const up = await start(t)
  const watcher = await KeptPeer.open(up.socket)
  t.teardown(() => watcher.leave())
  const pid = await pidOf(watcher)
  const before = sockets(pid)
  const peers = [await known(t, up), await known(t, up), await known(t, up)]
  t.is(sockets(pid), before + peers.length)
  for (const peer of peers) peer.leave()
  await until(() => sockets(pid) === before)
  t.pass()
})

/** The records of a request, with another number than nginx's. */
function renumbered(records: Buffer, id: number): Buffer {
  const out = Buffer.from(records)
  for (let at = 0; at < out.length; at += 8 + out.readUInt16BE(at + 4) + (out[at + 6] as number))
    out.writeUInt16BE(id, at + 2)
  return out
}

test('a peer that gives a request another number, or asks for a close, has its answer from the gateway', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  const before = counted(up)
  peer.socket.write(renumbered(speak('fastcgi', { target: '/large?65536', keep: true }), 2))
  while (!peer.bytes.includes(renumbered(endRequest, 2))) await peer.news()
  t.is(peer.bytes.readUInt16BE(2), 2)
  peer.bytes = Buffer.alloc(0)
  const last = await peer.ask('/large?65536', { keep: false })
  t.true(last.whole && last.body.equals(bytesOf(65_536)))
  await peer.closed()
  t.is(counted(up), before)
})

test('a process that the application has forked does not keep a connection open', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  t.is((await peer.ask('/fork')).body.toString(), 'forked')
  t.is((await peer.ask('/kill')).status, 502)
  await peer.closed() // the child still runs
  up.go()
})

test('after a reload the new worker gets the descriptors, and answers', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  const pid = await pidOf(peer)
  await up.gateway.reload()
  const before = counted(up)
  for (let turn = 0; counted(up) === before; turn++) {
    if (turn > 100) return t.fail('the new worker does not answer by itself')
    t.is((await peer.ask('/')).status, 200)
  }
  t.not(await pidOf(peer), pid)
  return undefined
})

test('a reload right behind a lone answer waits for nothing: its worker is done and goes', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  for (let turn = 0; turn < 3; turn++) {
    await peer.ask('/')
    const { workers } = up.gateway.status()
    await up.gateway.reload()
    await up.log.heard(({ event, facts }) => event === 'worker left' && facts.worker === workers[0]?.id)
  }
  t.deepEqual(
    up.log.said.filter(({ event }) => event === 'worker killed'),
    [],
  )
})

test('while the gateway hands over, it answers again by itself and closes behind a record that nginx sees', async (t) => {
  const up = await start(t)
  const peer = await known(t, up)
  const stopped = up.gateway.stop(5_000, 60_000)
  for (let turn = 0; !peer.ended && turn < 500; turn++) {
    t.is((await peer.ask('/')).status, 200)
    if (peer.bytes.length > 0) await peer.closed()
  }
  const [version, unknownType] = [1, 11]
  t.deepEqual([...peer.bytes.subarray(0, 2)], [version, unknownType])
  await stopped
})

test('each thread answers on connections of its own', async (t) => {
  const up = await start(t, { threads: 3 })
  const peers = [await known(t, up), await known(t, up), await known(t, up), await known(t, up)]
  for (let turn = 0; turn < 5; turn++) {
    for (const [n, peer] of peers.entries()) peer.say(`/large?${65_536 * (n + 1)}`)
    for (const [n, peer] of peers.entries()) t.is((await peer.hear()).body.length, 65_536 * (n + 1))
  }
})

test('an application finds no trace of the channel in its environment', async (t) => {
  const up = await startTestGateway(
    t,
    {},
    `import os
seen = sorted(name for name in os.environ if name.startswith('NODE_CHANNEL'))
def application(environ, start_response):
    start_response('200 OK', [])
    return [repr(seen).encode()]
`,
  )
  const peer = await KeptPeer.open(up.socket)
  t.teardown(() => peer.leave())
  t.is((await peer.ask('/')).body.toString(), '[]')
})
