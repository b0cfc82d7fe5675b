// A client that takes its large answer slowly holds up nobody who was put behind it on the same lane.

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test from 'ava'
import { startTestGateway } from '../../helpers/gateway.ts'
import { ask } from '../../helpers/nginx.ts'

const app = `
def application(environ, start_response):
    start_response('200 OK', [])
    return [b'x' * int(environ['QUERY_STRING'])]
`

const request = (size: number) => `GET /?${size} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`

async function open(path: string): Promise<Socket> {
  const socket = connect(path)
  await once(socket, 'connect')
  return socket
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const data of socket) text += data
  return text
}

test('requests behind an answer that a slow client takes go to another worker', async (t) => {
  const site = await startTestGateway(t, { processes: 2 }, app)
  for (let turn = 0; turn < 20; turn += 1) await ask(site.socket, '/?10')
  const slow = await open(site.socket)
  const fast = await Promise.all([1, 2, 3].map(() => open(site.socket)))
  slow.pause()
  slow.write(request(20_000_000))
  for (const socket of fast) socket.write(request(10))
  for (const text of await Promise.all(fast.map(readAll))) t.regex(text, /^HTTP\/1.1 200 .*\r\n\r\nx{10}$/s)
  slow.destroy()
})
