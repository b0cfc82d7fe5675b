// Connections that a proxy introduces with a header of the PROXY protocol.
import { connect } from 'node:net'
import test from 'ava'
import { answerEcho } from '../../helpers/echo.ts'
import { echoed, type Served, serve } from '../../helpers/listening.ts'
import { understand } from '../../helpers/speak.ts'

const options = { http: ['127.0.0.1:0'], 'http-enable-proxy-protocol': true }
const request = 'GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const binary = Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002010a00000112670050', 'hex')

async function send({ listeners }: Served, ...pieces: (string | Buffer)[]): Promise<Buffer> {
  const [host, port] = (listeners.addresses[1] as string).split(':')
  return new Promise((resolve) => {
    const parts: Buffer[] = []
    const socket = connect(Number(port), host, async () => {
      for (const piece of pieces) {
        socket.write(piece)
        await new Promise(setImmediate)
      }
    })
    socket.setNoDelay(true)
    socket.on('data', (bytes) => parts.push(bytes))
    socket.on('error', () => {})
    socket.on('close', () => resolve(Buffer.concat(parts)))
  })
}

for (const [name, header, address, port] of [
  ['text', 'PROXY TCP4 192.0.2.1 10.0.0.1 4711 80\r\n', '192.0.2.1', '4711'],
  ['binary', binary, '192.0.2.1', '4711'],
  ['IPv6', 'PROXY TCP6 2001:db8::1 ::1 99 80\r\n', '2001:db8::1', '99'],
] as const) {
  test(`the client of a ${name} header is REMOTE_ADDR, in one piece or many`, async (t) => {
    const served = await serve(t, answerEcho, options)
    const bytes = Buffer.concat([Buffer.from(header as string), Buffer.from(request)])
    for (const pieces of [[bytes], Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))]) {
      const { environ } = echoed(understand('http', await send(served, ...pieces)))
      t.is(environ.REMOTE_ADDR, address)
      t.is(environ.REMOTE_PORT, port)
      t.is(environ.PATH_INFO, '/a')
    }
  })
}

test('a proxy that speaks for itself keeps its own address', async (t) => {
  const served = await serve(t, answerEcho, options)
  const { environ } = echoed(understand('http', await send(served, `PROXY UNKNOWN\r\n${request}`)))
  t.is(environ.REMOTE_ADDR, '127.0.0.1')
})

test('who does not begin with a PROXY header is told so and never heard', async (t) => {
  const served = await serve(t, answerEcho, options)
  const answer = (await send(served, request)).toString()
  t.regex(answer, /^HTTP\/1.1 400 Bad Request\r\n/)
  t.regex(answer, /no header of the PROXY protocol: there is none/)
  t.is(served.echo.heard.length, 0)
  t.regex(served.warnings[0]?.facts.hint as string, /http-enable-proxy-protocol/)
})

test('a PROXY header that does not come ends the connection', async (t) => {
  const served = await serve(t, answerEcho, options, { headMs: 100 })
  t.is((await send(served, 'PROXY TCP4 ')).length, 0)
  while (served.listeners.gate.counts.connections > 0) await new Promise(setImmediate)
})

test('without the option a PROXY header is no request', async (t) => {
  const served = await serve(t, answerEcho, { http: ['127.0.0.1:0'] })
  t.regex((await send(served, `PROXY UNKNOWN\r\n${request}`)).toString(), /^HTTP\/1.1 400 /)
})

test('a trusted proxy may introduce another: X-Forwarded-For counts as the header’s address allows', async (t) => {
  const served = await serve(t, answerEcho, { ...options, 'trusted-proxies': ['192.0.2.0/24'] })
  const said = request.replace('\r\n\r\n', '\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n')
  const { environ } = echoed(understand('http', await send(served, binary, said)))
  t.is(environ.REMOTE_ADDR, '203.0.113.9')
})
