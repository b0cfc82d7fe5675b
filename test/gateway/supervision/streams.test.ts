// Responses and requests in pieces, when somebody leaves or dies in the middle.

import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { startTestGateway } from '../../helpers/gateway.ts'
import { ask } from '../../helpers/nginx.ts'

const app = `
import os, signal, time
folder = os.path.dirname(__file__)
def mark(name):
    open(os.path.join(folder, name), 'w').close()

class Endless:
    def __iter__(self):
        while True:
            yield b'tick '
            time.sleep(0.01)
    def close(self):
        mark('closed')

def half():
    yield b'first half '
    os.kill(os.getpid(), signal.SIGKILL)

def slow_close():
    class Body(list):
        def close(self):
            mark('closing')
            time.sleep(1.5)
    return Body([b'done'])

def held_close():
    class Body(list):
        def close(self):
            while not os.path.exists(os.path.join(folder, 'go')):
                time.sleep(0.005)
            mark('over')
    return Body([b'done'])

def application(environ, start_response):
    path = environ['PATH_INFO']
    length = {'/half': '100', '/slow-close': '4', '/held-close': '4'}.get(path)
    start_response('200 OK', [('Content-Type', 'text/plain')] + ([('Content-Length', length)] if length else []))
    if path == '/endless': return Endless()
    if path == '/half': return half()
    if path == '/slow-close': return slow_close()
    if path == '/held-close': return held_close()
    if path == '/read':
        size = 0
        while True:
            data = environ['wsgi.input'].read(65536)
            if not data: break
            mark('reading')
            size += len(data)
        return [str(size).encode()]
    return [b'ok']
`

test('a client that leaves in the middle of a stream stops it: close() is called, the lane is free', async (t) => {
  const site = await startTestGateway(t, { processes: 1 }, app)
  const client = connect(site.socket)
  client.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n')
  await new Promise((resolve) => client.once('data', resolve))
  client.destroy()
  t.is((await ask(site.socket, '/')).text, 'ok')
  t.is(site.gateway.status().requests.clientsGone, 1)
  t.true(existsSync(`${site.folder}/closed`))
})

test('a worker that dies in the middle of a body: the client sees a cut answer, the log has the request', async (t) => {
  const site = await startTestGateway(t, { processes: 1 }, app)
  await t.throwsAsync(ask(site.socket, '/half'), { message: /aborted|hang up/ })
  const died = await site.log.heard((said) => said.event === 'worker died')
  t.regex(String(died.facts.lost), /GET \/half/)
  t.is((await ask(site.socket, '/')).text, 'ok')
})

test('nobody waits behind a close() that takes long', async (t) => {
  const site = await startTestGateway(t, { processes: 2 }, app)
  t.is((await ask(site.socket, '/held-close')).text, 'done')
  for (let n = 0; n < 20; n++) t.is((await ask(site.socket, '/')).text, 'ok')
  t.false(existsSync(join(site.folder, 'over')), 'it still runs')
  site.go()
})

test('an upload of 8 MiB arrives whole, with one worker and while others ask', async (t) => {
  const site = await startTestGateway(t, { processes: 1, threads: 2 }, app)
  const body = Buffer.alloc(8 << 20, 'u')
  const upload = ask(site.socket, '/read', {
    method: 'POST',
    body,
    headers: { 'content-length': String(body.length) },
  })
  t.is((await ask(site.socket, '/')).text, 'ok')
  t.is((await upload).text, String(body.length))
})

test('an upload to a worker that is slow to begin stays there and arrives whole', async (t) => {
  const site = await startTestGateway(t, { processes: 2 }, app)
  const body = Buffer.alloc(200_000, 'u')
  const headers = { 'content-length': String(body.length) }
  const pids = site.gateway.status().workers.map((worker) => worker.pid)
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  const upload = ask(site.socket, '/read', { method: 'POST', body, headers })
  const small = ask(site.socket, '/')
  // Longer than a lane is left alone with a request it has not begun.
  await new Promise((resolve) => setTimeout(resolve, 100))
  for (const pid of pids) process.kill(pid, 'SIGCONT')
  t.is((await upload).text, '200000')
  t.is((await small).text, 'ok')
})

test('an upload whose worker dies before it has begun runs in the next one, whole', async (t) => {
  const site = await startTestGateway(t, { processes: 1 }, app)
  const body = Buffer.alloc(8 << 20, 'u')
  const [worker] = site.gateway.status().workers
  process.kill(worker?.pid ?? 0, 'SIGSTOP')
  const headers = { 'content-length': String(body.length) }
  const upload = ask(site.socket, '/read', { method: 'POST', body, headers })
  while (site.gateway.status().workers[0]?.busyLanes !== 1) await new Promise(setImmediate)
  // As much of it leaves as the sockets hold.
  await new Promise((resolve) => setTimeout(resolve, 200))
  process.kill(worker?.pid ?? 0, 'SIGKILL')
  t.is((await upload).text, String(body.length))
  t.is(site.gateway.status().requests.requeued, 1)
})

test('an upload whose worker dies while it reads gets 502', async (t) => {
  const site = await startTestGateway(t, { processes: 1 }, app)
  const client = connect(site.socket)
  client.write('POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n')
  client.write(Buffer.alloc(100_000, 'u'))
  while (site.gateway.status().workers[0]?.busyLanes !== 1) await new Promise(setImmediate)
  while (!existsSync(join(site.folder, 'reading'))) await new Promise((resolve) => setTimeout(resolve, 5))
  process.kill(site.gateway.status().workers[0]?.pid ?? 0, 'SIGKILL')
  let text = ''
  for await (const chunk of client) text += chunk
  t.regex(text, /^HTTP\/1.1 502 /)
  t.is(site.gateway.status().requests.requeued, 0)
})

test('an upload whose body comes while its lane is still in an earlier close() arrives whole', async (t) => {
  const site = await startTestGateway(t, { processes: 1 }, app)
  t.is((await ask(site.socket, '/slow-close')).text, 'done')
  const client = connect(site.socket)
  client.write('POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n')
  // Longer than a lane is left alone with a request it has not begun.
  await new Promise((resolve) => setTimeout(resolve, 200))
  client.write(Buffer.alloc(200_000, 'u'))
  let text = ''
  for await (const chunk of client) text += chunk
  t.regex(text, /\r\n200000$/)
})
