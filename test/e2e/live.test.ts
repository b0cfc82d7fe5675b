// Connections that stay: WebSockets both ways, events that arrive as they are sent, from applications and from servers
// on other hosts; and what a reload does to them.
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { buildSite } from '../../generate/build.ts'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { listenHttp } from '../helpers/port.ts'
import { serveApp, serveSite } from '../helpers/site.ts'

/** What a reader has got so far, and a promise of the moment it holds `text`. */
function collect(from: { on(event: 'data', listener: (chunk: Buffer) => void): unknown }) {
  let seen = Buffer.alloc(0)
  let check = () => {}
  from.on('data', (chunk) => {
    seen = Buffer.concat([seen, chunk])
    check()
  })
  return {
    bytes: () => seen,
    until: (text: string | Buffer) =>
      new Promise<void>((resolve) => {
        check = () => seen.includes(text) && resolve()
        check()
      }),
  }
}

/** RFC 6455, section 5: one final text frame, masked as clients must, or not as servers must not. */
function frame(text: string, mask?: Buffer): Buffer {
  const payload = Buffer.from(text)
  if (!mask) return Buffer.concat([Buffer.from([0x81, payload.length]), payload])
  const masked = payload.map((byte, i) => byte ^ (mask[i % 4] as number))
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, masked])
}

const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

test('a WebSocket is opened, and frames pass both ways', async (t) => {
  if (!nginxOrSkip(t)) return
  const { server, address } = await listenHttp(t, (asked, response) =>
    response.end(asked.headers.upgrade ?? 'none'),
  )
  const behind = new Promise<Socket>((resolve) => {
    server.on('upgrade', (asked: IncomingMessage, socket: Socket) => {
      const accept = acceptOf(asked.headers['sec-websocket-key'] as string)
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      )
      resolve(socket)
    })
  })
  const { front, ask } = await serveSite(t, {
    upstreams: { chat: { servers: [address] } },
    routes: [
      { path: '/chat/', upstream: 'chat', websocket: true },
      { path: '/plain/', upstream: 'chat' },
    ],
  })
  const key = Buffer.from('sixteen bytes ok').toString('base64')
  const head = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`
  const client = connect(front)
  t.teardown(() => client.destroy())
  const got = collect(client)
  client.write(head('/chat/'))
  await got.until('\r\n\r\n')
  t.regex(got.bytes().toString(), /^HTTP\/1\.1 101 Switching Protocols\r\n/)
  t.true(got.bytes().includes(`Sec-WebSocket-Accept: ${acceptOf(key)}`))

  const far = await behind
  const heard = collect(far)
  const mask = Buffer.from([1, 2, 3, 4])
  client.write(frame('from the browser', mask))
  await heard.until(frame('from the browser', mask))
  far.write(frame('from the server'))
  await got.until(frame('from the server'))
  client.write(frame('again', mask))
  await heard.until(frame('again', mask))

  t.is((await ask('/chat/')).text, 'none', 'an ordinary request of the same route stays one')
  const refused = await ask('/plain/', { headers: { connection: 'Upgrade', upgrade: 'websocket' } })
  t.is(refused.text, 'none', 'elsewhere nobody is asked to upgrade')
})

const eventsApp = `
import os, time

def application(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/event-stream')])
    go = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'go')
    def events():
        yield b'data: one\\n\\n'
        while not os.path.exists(go):
            time.sleep(0.01)
        yield b'data: two\\n\\n'
    return events()
`

/** Asks and gives the answer's head with a reader of its body. */
const streamed = (front: string, path: string, headers: Record<string, string> = {}) =>
  new Promise<{ response: IncomingMessage; body: ReturnType<typeof collect>; end: Promise<void> }>(
    (resolve, reject) => {
      request(
        { socketPath: front, path, headers: { host: 'x', 'accept-encoding': 'gzip', ...headers } },
        (response) =>
          resolve({
            response,
            body: collect(response),
            end: new Promise((done) => response.once('end', done)),
          }),
      )
        .once('error', reject)
        .end()
    },
  )

test('events of the application arrive one by one, not when a buffer is full', async (t) => {
  if (!nginxOrSkip(t)) return
  const { front, ask, folder } = await serveApp(
    t,
    { gateway: { threads: 2 }, routes: [{ path: '/events/', events: true }] },
    { 'app.py': eventsApp },
  )
  const { response, body, end } = await streamed(front, '/events/')
  t.is(response.headers['content-encoding'], undefined, 'compression would hold them back')
  await body.until('data: one\n\n')
  t.false(body.bytes().includes('two'))
  writeFileSync(`${folder}/go`, '')
  await end
  t.is(body.bytes().toString(), 'data: one\n\ndata: two\n\n')
  t.is((await ask('/events/')).status, 200)
})

test('events of a server elsewhere arrive one by one, and outlive a reload of nginx', async (t) => {
  if (!nginxOrSkip(t)) return
  let more = () => {}
  const { address } = await listenHttp(t, (asked, response) => {
    if (!asked.url?.startsWith('/events/')) return response.writeHead(404).end()
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('data: one\n\n')
    more = () => response.end('data: two\n\n')
  })
  const { folder, front, nginx, ask } = await serveSite(t, {
    upstreams: { far: { servers: [address] } },
    routes: [{ path: '/events/', upstream: 'far', events: true }],
  })
  const { body, end } = await streamed(front, '/events/')
  await body.until('data: one\n\n')
  const file = join(folder, 'postern.config.json')
  writeFileSync(file, readFileSync(file, 'utf8').replace('{', '{"health":"/reloaded",'))
  await buildSite({ config: file })
  nginx.reload()
  while ((await ask('/reloaded')).status !== 200) await new Promise((done) => setTimeout(done, 10))
  t.false(body.bytes().includes('two'))
  more()
  await end
  t.is(body.bytes().toString(), 'data: one\n\ndata: two\n\n')
})
