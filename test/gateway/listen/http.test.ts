// What only HTTP has: hostile heads, targets, kept connections, expectations. Over a Unix socket unless TCP matters.
import { connect } from 'node:net'
import test from 'ava'
import { answerEcho, head } from '../../helpers/echo.ts'
import { echoed, serve } from '../../helpers/listening.ts'
import { exchangeBytes, understand } from '../../helpers/speak.ts'

const get = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`
const close = 'Connection: close'

/** Request text -> status. Every refused one says why in its body. */
const statuses: [string, string, number][] = [
  ['no Host', get('GET / HTTP/1.1'), 400],
  ['an HTTP/1.0 request without Host', get('GET / HTTP/1.0'), 200],
  ['two Hosts', get('GET / HTTP/1.1', 'Host: a', 'Host: b'), 400],
  ['two equal Hosts', get('GET / HTTP/1.1', 'Host: a', 'Host: a'), 400],
  ['a Host with a space', get('GET / HTTP/1.1', 'Host: a b', close), 400],
  ['a Host with a path', get('GET / HTTP/1.1', 'Host: a/b', close), 400],
  ['a Host with user information', get('GET / HTTP/1.1', 'Host: a@b', close), 400],
  ['an IPv6 Host with a port', get('GET / HTTP/1.1', 'Host: [::1]:80', close), 200],
  ['a lower-case method', get('get / HTTP/1.1', 'Host: a'), 400],
  ['an unknown method', get('FOO / HTTP/1.1', 'Host: a'), 400],
  ['CONNECT', get('CONNECT a:80 HTTP/1.1', 'Host: a:80'), 405],
  ['a space before the colon', get('GET / HTTP/1.1', 'Host: a', 'X : b'), 400],
  ['a folded header', get('GET / HTTP/1.1', 'Host: a', 'X: b', ' c'), 400],
  ['a header name with a space', get('GET / HTTP/1.1', 'Host: a', 'X Y: b'), 400],
  ['a control character in a value', get('GET / HTTP/1.1', 'Host: a', 'X: b\x01c'), 400],
  ['NUL in a value', get('GET / HTTP/1.1', 'Host: a', 'X: b\0c'), 400],
  ['a bare CR in a value', get('GET / HTTP/1.1', 'Host: a', 'X: b\rY: c'), 400],
  ['bare LF line ends', 'GET / HTTP/1.1\nHost: a\n\n', 400],
  ['HTTP/2.0 as a version', get('GET / HTTP/2.0', 'Host: a', close), 505],
  ['garbage', 'HELLO WORLD\r\n\r\n', 400],
  ['SMTP', 'EHLO example\r\n', 400],
  ['an encoded NUL in the path', get('GET /a%00b HTTP/1.1', 'Host: a', close), 400],
  ['a target without a slash', get('GET a HTTP/1.1', 'Host: a', close), 400],
  ['OPTIONS *', get('OPTIONS * HTTP/1.1', 'Host: a', close), 200],
  [
    'Content-Length and Transfer-Encoding',
    get('POST / HTTP/1.1', 'Host: a', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
    400,
  ],
  [
    'Transfer-Encoding and Content-Length',
    get('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked', 'Content-Length: 5'),
    400,
  ],
  [
    'two Content-Lengths',
    `${get('POST / HTTP/1.1', 'Host: a', 'Content-Length: 5', 'Content-Length: 5')}12345`,
    400,
  ],
  ['chunked twice', get('POST / HTTP/1.1', 'Host: a', close, 'Transfer-Encoding: chunked, chunked'), 400],
  [
    'gzip, chunked',
    `${get('POST / HTTP/1.1', 'Host: a', close, 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`,
    501,
  ],
  ['chunked that is not last', get('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked, gzip'), 400],
  ['xchunked', get('POST / HTTP/1.1', 'Host: a', close, 'Transfer-Encoding: xchunked'), 501],
  [
    'Transfer-Encoding in HTTP/1.0',
    `${get('POST / HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    400,
  ],
  ['a broken chunk size', `${get('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}5;\nhello`, 400],
  [
    'a chunk size with a sign',
    `${get('POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')}+5\r\nhello\r\n0\r\n\r\n`,
    400,
  ],
  [
    'an unknown expectation',
    get('POST / HTTP/1.1', 'Host: a', close, 'Expect: 200-ok', 'Content-Length: 5'),
    417,
  ],
  [
    'two different Content-Types',
    get('POST / HTTP/1.1', 'Host: a', close, 'Content-Type: a/b', 'Content-Type: c/d'),
    400,
  ],
  ['65,000 bytes of headers', get('GET / HTTP/1.1', 'Host: a', close, `X: ${'a'.repeat(65_000)}`), 200],
  ['66,000 bytes of headers', get('GET / HTTP/1.1', 'Host: a', close, `X: ${'a'.repeat(66_000)}`), 431],
  [
    '1,000 headers',
    get('GET / HTTP/1.1', 'Host: a', close, ...Array.from({ length: 1000 }, (_, i) => `X${i}: a`)),
    200,
  ],
  [
    '1,100 headers',
    get('GET / HTTP/1.1', 'Host: a', close, ...Array.from({ length: 1100 }, (_, i) => `X${i}: a`)),
    431,
  ],
]

for (const [name, request, status] of statuses) {
  test(`${name}: ${status}`, async (t) => {
    const { send, echo } = await serve(t)
    const heard = understand('http', await send(request))
    t.is(heard.status, status)
    if (status !== 200) {
      t.true(heard.body.length > 20)
      t.is(heard.headers.connection, 'close')
      t.is(echo.heard.length, 0)
    }
  })
}

test('an absolute target gives its host and path, whatever Host says', async (t) => {
  const { send } = await serve(t)
  const heard = understand(
    'http',
    await send(get('GET http://real.test:81/p?q HTTP/1.1', 'Host: other', close)),
  )
  const { environ } = echoed(heard)
  t.is(environ.PATH_INFO, '/p')
  t.is(environ.REQUEST_URI, '/p?q')
  t.is(environ.HTTP_HOST, 'real.test:81')
  t.is(environ.SERVER_NAME, 'real.test')
})

test('an absolute target without a path is the root', async (t) => {
  const { send } = await serve(t)
  const { environ } = echoed(
    understand('http', await send(get('GET http://a?x=1 HTTP/1.1', 'Host: a', close))),
  )
  t.is(environ.PATH_INFO, '/')
  t.is(environ.QUERY_STRING, 'x=1')
})

test('headers with underscores are dropped and counted, never merged', async (t) => {
  const { send, listeners } = await serve(t)
  const lines = ['GET / HTTP/1.1', 'Host: a', close, 'X-Real: good', 'X_Real: evil', 'Content_Length: 5']
  const { environ } = echoed(understand('http', await send(get(...lines))))
  t.is(environ.HTTP_X_REAL, 'good')
  t.is(environ.CONTENT_LENGTH, undefined)
  t.is(listeners.gate.writer.dropped.underscores, 2)
})

test('a chunked body is decoded, its trailers are ignored', async (t) => {
  const { send } = await serve(t)
  const chunks = '5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Trailer: evil\r\n\r\n'
  const lines = ['POST / HTTP/1.1', 'Host: a', close, 'Transfer-Encoding: chunked']
  const { environ, body } = echoed(understand('http', await send(get(...lines) + chunks)))
  t.is(body.toString(), 'hello world')
  t.is(environ.HTTP_X_TRAILER, undefined)
  t.is(environ.CONTENT_LENGTH, '11')
  t.is(environ.HTTP_TRANSFER_ENCODING, undefined)
})

const chunked = get('POST / HTTP/1.1', 'Host: a', close, 'Transfer-Encoding: chunked')
const chunksOf = (count: number): string => `4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(count)

for (const [name, count] of [
  ['a chunked body of 64 KiB', 4],
  ['a chunked body of 80 KiB, kept in a file,', 5],
  ['a chunked body of 256 KiB, kept in a file,', 16],
  ['a chunked body of 272 KiB, kept in a file,', 17],
  ['a chunked body of 4 MiB, kept in a file,', 256],
] as const) {
  test(`${name} comes with its length`, async (t) => {
    const { send, listeners } = await serve(t)
    const { environ, body } = echoed(
      understand(
        'http',
        await send(chunked, `${chunksOf(count - 1)}3fff\r\n${'x'.repeat(0x3fff)}\r\n`, '1\r\ny\r\n0\r\n\r\n'),
      ),
    )
    t.is(body.length, count * 0x4000)
    t.is(body.at(-1), 0x79)
    t.is(environ.CONTENT_LENGTH, String(count * 0x4000))
    t.is(environ.HTTP_TRANSFER_ENCODING, undefined)
    t.is(listeners.gate.spoolSpace.used, 0)
  })
}

test('with body-buffering 0 a large chunked body streams without a length', async (t) => {
  const { send } = await serve(t, answerEcho, { 'body-buffering': 0 })
  const { environ, body } = echoed(understand('http', await send(`${chunked}${chunksOf(20)}0\r\n\r\n`)))
  t.is(body.length, 20 * 0x4000)
  t.is(environ.CONTENT_LENGTH, undefined)
  t.is(environ.HTTP_TRANSFER_ENCODING, 'chunked')
})

test('a chunked body that needs more disk than there is for one is 413', async (t) => {
  const { send, echo, listeners } = await serve(t, answerEcho, { 'body-buffering': 327_680 })
  t.is(understand('http', await send(`${chunked}${chunksOf(20)}0\r\n\r\n`)).status, 200)
  t.is(understand('http', await send(`${chunked}${chunksOf(21)}0\r\n\r\n`)).status, 413)
  t.is(echo.heard.length, 1)
  t.is(listeners.gate.spoolSpace.used, 0)
})

test('chunked bodies that need more disk together than there is are 503, until one has gone', async (t) => {
  const { send, path, listeners } = await serve(t, answerEcho, { 'body-buffering': 500_000 })
  const slow = connect(path)
  slow.write(`${chunked}${chunksOf(20)}`)
  while (listeners.gate.spoolSpace.used === 0) await new Promise(setImmediate)
  t.is(understand('http', await send(`${chunked}${chunksOf(20)}0\r\n\r\n`)).status, 503)
  slow.destroy()
  while (listeners.gate.spoolSpace.used > 0) await new Promise(setImmediate)
  t.is(understand('http', await send(`${chunked}${chunksOf(20)}0\r\n\r\n`)).status, 200)
})

/** A TCP connection to listeners, and all that comes back on it. */
async function dial(listeners: { addresses: readonly string[] }) {
  const [host, port] = (listeners.addresses[1] as string).split(':')
  const socket = connect(Number(port), host)
  const closed = new Promise<string>((resolve) => {
    let all = ''
    socket.on('data', (bytes) => {
      all += bytes
    })
    socket.on('close', () => resolve(all))
  })
  return { socket, closed }
}
const tcp = { http: ['127.0.0.1:0'] }
const upload = (size: number) => get('POST / HTTP/1.1', 'Host: a', close, `Content-Length: ${size}`)
const turns = async (until: () => boolean) => {
  while (!until()) await new Promise(setImmediate)
}

test('an upload by TCP is whole before a worker hears of it, on disk if it is large', async (t) => {
  const { listeners, echo } = await serve(t, answerEcho, tcp)
  const { socket, closed } = await dial(listeners)
  socket.write(upload(1_000_000) + 'x'.repeat(500_000))
  await turns(() => listeners.gate.spoolSpace.used === 1_000_000)
  t.is(listeners.gate.counts.requests, 0)
  socket.write('y'.repeat(500_000))
  const { body, environ } = await echo.next()
  t.is(body.toString(), 'x'.repeat(500_000) + 'y'.repeat(500_000))
  t.is(environ.CONTENT_LENGTH, '1000000')
  await closed
  t.is(listeners.gate.spoolSpace.used, 0)
})

test('an upload by TCP that stops is 408 and troubles no worker', async (t) => {
  const { listeners, echo } = await serve(t, answerEcho, tcp, { bodyMs: 100 })
  const { socket, closed } = await dial(listeners)
  socket.write(upload(1_000_000) + 'x'.repeat(500_000))
  t.regex(await closed, /^HTTP\/1.1 408 /)
  t.is(echo.heard.length, 0)
  t.is(listeners.gate.spoolSpace.used, 0)
})

for (const [name, options, size] of [
  ['larger than a quarter of the space on disk', { 'body-buffering': 400_000 }, 100_001],
  ['of 100 kB with body-buffering 0', { 'body-buffering': 0 }, 100_000],
] as const) {
  test(`an upload by TCP ${name} streams`, async (t) => {
    const { listeners, echo } = await serve(t, answerEcho, { ...tcp, ...options })
    const { socket, closed } = await dial(listeners)
    socket.write(upload(size))
    await turns(() => listeners.gate.counts.requests === 1)
    socket.write('x'.repeat(size))
    t.is((await echo.next()).body.length, size)
    await closed
  })
}

test('an upload by TCP that finds no space on disk left streams', async (t) => {
  const { listeners, echo } = await serve(t, answerEcho, { ...tcp, 'body-buffering': 1_000_000 })
  const first = await Promise.all(Array.from({ length: 4 }, () => dial(listeners)))
  for (const { socket } of first) socket.write(upload(250_000) + 'x'.repeat(100_000))
  await turns(() => listeners.gate.spoolSpace.used === 1_000_000)
  const { socket, closed } = await dial(listeners)
  socket.write(upload(70_000))
  await turns(() => listeners.gate.counts.requests === 1)
  socket.write('x'.repeat(70_000))
  t.is((await echo.next()).body.length, 70_000)
  await closed
  for (const each of first) each.socket.destroy()
  await turns(() => listeners.gate.spoolSpace.used === 0)
  t.pass()
})

test('waiting in the queue begins when a body that was waited for is whole', async (t) => {
  const { path, echo } = await serve(t)
  const socket = connect(path)
  socket.write(`${chunked}3\r\n`)
  await new Promise((resolve) => setTimeout(resolve, 30))
  const before = performance.now()
  socket.write('abc\r\n0\r\n\r\n')
  const { exchange } = await echo.next()
  t.true(exchange.arrivedAt >= before)
  socket.destroy()
})

test('100 Continue is sent at once for a chunked body, which has to be whole first', async (t) => {
  const { path } = await serve(t)
  const answer = await new Promise<string>((resolve) => {
    let all = ''
    const socket = connect(path)
    socket.write(
      get('PUT / HTTP/1.1', 'Host: a', close, 'Expect: 100-continue', 'Transfer-Encoding: chunked'),
    )
    socket.on('data', (chunk) => {
      all += chunk
      if (all === 'HTTP/1.1 100 Continue\r\n\r\n') socket.write('3\r\nabc\r\n0\r\n\r\n')
    })
    socket.on('close', () => resolve(all))
  })
  t.regex(answer, /"CONTENT_LENGTH":"3"/)
})

test('a chunked body that breaks before it is whole is 400, and no application is asked', async (t) => {
  const { send, echo, listeners } = await serve(t)
  const answer = await send(`${chunked}${chunksOf(40)}BROKEN\r\n`)
  t.is(understand('http', answer).status, 400)
  t.is(echo.heard.length, 0)
  t.is(listeners.gate.spoolSpace.used, 0)
})

test('a chunked body that breaks while it streams is an error for the application', async (t) => {
  const { send, echo } = await serve(t, answerEcho, { 'body-buffering': 0 })
  await send(`${chunked}14000\r\n${'x'.repeat(0x14000)}\r\nBROKEN\r\n`)
  t.regex((await echo.next()).failed as string, /not a valid HTTP request/)
})

test('a chunked body over limit-post is 413', async (t) => {
  const { send } = await serve(t, answerEcho, { 'limit-post': 10 })
  const lines = ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked']
  const answer = await send(`${get(...lines)}b\r\n12345678901\r\n0\r\n\r\n`)
  t.is(understand('http', answer).status, 413)
})

test('a streaming chunked body over limit-post ends in an error for the application', async (t) => {
  const { send, echo } = await serve(t, answerEcho, { 'limit-post': 100_000, 'body-buffering': 0 })
  const lines = ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked']
  await send(`${get(...lines)}14000\r\n${'x'.repeat(0x14000)}\r\n`, `8000\r\n${'x'.repeat(0x8000)}\r\n`)
  t.regex((await echo.next()).failed as string, /100000 bytes/)
})

test('a connection is kept and requests may be pipelined', async (t) => {
  const { send } = await serve(t)
  const answer = await send(
    get('GET /1 HTTP/1.1', 'Host: a'),
    get('POST /2 HTTP/1.1', 'Host: a', 'Content-Length: 3') +
      'abc' +
      get('GET /3 HTTP/1.1', 'Host: a', close),
  )
  const paths = [...answer.toString().matchAll(/"PATH_INFO":"([^"]*)"/g)].map(([, path]) => path)
  t.deepEqual(paths, ['/1', '/2', '/3'])
})

test('answers to pipelined requests keep the order of the requests', async (t) => {
  const late: (() => void)[] = []
  const { send } = await serve(t, ({ exchange, environ }) => {
    const body = Buffer.from(`[${environ.PATH_INFO}]`)
    const answer = () => exchange.respond(head('200 OK', `Content-Length: ${body.length}`), body, true)
    if (environ.PATH_INFO === '/1') late.push(answer)
    else {
      answer()
      for (const each of late) each()
    }
  })
  const answer = await send(get('GET /1 HTTP/1.1', 'Host: a') + get('GET /2 HTTP/1.1', 'Host: a', close))
  t.true(answer.indexOf('[/1]') < answer.indexOf('[/2]'))
})

test('an answer without a length is chunked in HTTP/1.1 and ends with the connection in HTTP/1.0', async (t) => {
  const { send } = await serve(t, ({ exchange }) => {
    exchange.respond(head('200 OK'), Buffer.from('one'), false)
    exchange.more(Buffer.from('two'), true)
  })
  const modern = understand('http', await send(get('GET / HTTP/1.1', 'Host: a', close)))
  t.is(modern.headers['transfer-encoding'], 'chunked')
  t.true(modern.whole)
  const old = understand('http', await send(get('GET / HTTP/1.0')))
  t.is(old.headers['transfer-encoding'], undefined)
  t.is(old.body.toString(), 'onetwo')
})

test('100 Continue is sent when the application reads, not before', async (t) => {
  const { path, listeners } = await serve(t)
  const order: string[] = []
  listeners.gate.dispatch.submit = (exchange) => {
    t.is(exchange.bodyMode, 'stream')
    exchange.startBody({
      body(bytes, end) {
        order.push(`body ${bytes}`)
        if (end) exchange.respond(head('200 OK', 'Content-Length: 0'), undefined, true)
        return true
      },
      bodyFailed: () => {},
    })
    setImmediate(() => {
      order.push('reads')
      exchange.inform(Buffer.from('100 Continue\r\n\r\n'))
    })
  }
  const answer = await new Promise<string>((resolve) => {
    let all = ''
    const socket = connect(path)
    socket.write(get('POST / HTTP/1.1', 'Host: a', close, 'Expect: 100-continue', 'Content-Length: 3'))
    socket.on('data', (chunk) => {
      all += chunk
      if (all === 'HTTP/1.1 100 Continue\r\n\r\n') {
        order.push('continue')
        socket.write('abc')
      }
    })
    socket.on('close', () => resolve(all))
  })
  t.deepEqual(order, ['reads', 'continue', 'body abc'])
  t.regex(answer, /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/)
})

test('an application that answers without reading an expected body closes the connection, without 100', async (t) => {
  const { listeners, send } = await serve(t)
  listeners.gate.dispatch.submit = (exchange) => {
    exchange.respond(head('403 No', 'Content-Length: 0'), undefined, true)
  }
  const answer = await send(get('POST / HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 3'))
  t.regex(answer.toString(), /^HTTP\/1.1 403 No/)
  t.regex(answer.toString(), /Connection: close/)
})

test('103 Early Hints reach a browser, but nobody who forwards for others', async (t) => {
  const { send } = await serve(t, ({ exchange }) => {
    exchange.inform(Buffer.from('103 Early Hints\r\nLink: </a.css>; rel=preload; as=style\r\n\r\n'))
    exchange.respond(head('200 OK', 'Content-Length: 0'), undefined, true)
  })
  const direct = await send(get('GET / HTTP/1.1', 'Host: a', close))
  t.regex(
    direct.toString(),
    /^HTTP\/1.1 103 Early Hints\r\nLink: <\/a.css>; rel=preload; as=style\r\n\r\nHTTP\/1.1 200/,
  )
  const proxied = await send(get('GET / HTTP/1.1', 'Host: a', close, 'X-Forwarded-For: 192.0.2.1'))
  t.regex(proxied.toString(), /^HTTP\/1.1 200/)
})

test('a head that does not come is answered 408', async (t) => {
  const { send } = await serve(t, answerEcho, {}, { headMs: 300 })
  t.is(understand('http', await send('GET / HTTP/1.1\r\nHost')).status, 408)
})

test('a body that stops is answered 408, and to a running application an error', async (t) => {
  const { send, echo } = await serve(t, answerEcho, {}, { bodyMs: 100 })
  const head = (length: number) => `${get('POST / HTTP/1.1', 'Host: a', `Content-Length: ${length}`)}abc`
  t.is(understand('http', await send(head(10))).status, 408)
  t.is(echo.heard.length, 0)
  t.is(understand('http', await send(head(100_000))).status, 200)
  t.regex((await echo.next()).failed as string, /0.1 seconds/)
})

test('on TCP the peer is REMOTE_ADDR and the port is ours', async (t) => {
  const { listeners } = await serve(t, answerEcho, { http: ['127.0.0.1:0'] })
  const [host, port] = (listeners.addresses[1] as string).split(':')
  const bytes = await new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), host, () =>
      socket.write(get('GET / HTTP/1.1', 'Host: a', close, 'X-Real-IP: 6.6.6.6')),
    )
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(chunks)))
  })
  const { environ } = echoed(understand('http', bytes))
  t.is(environ.REMOTE_ADDR, '127.0.0.1')
  t.is(environ.SERVER_PORT, port)
})

test('on a Unix socket the proxy is believed about its client', async (t) => {
  const { send } = await serve(t)
  const ask = async (...lines: string[]) =>
    echoed(understand('http', await send(get('GET / HTTP/1.1', 'Host: a', close, ...lines)))).environ
      .REMOTE_ADDR
  t.is(await ask('X-Real-IP: 192.0.2.7'), '192.0.2.7')
  t.is(await ask('X-Forwarded-For: 6.6.6.6, 192.0.2.8'), '192.0.2.8')
  t.is(await ask('X-Real-IP: <script>'), '')
})

test('a request behind a broken one is never run', async (t) => {
  const { path, echo } = await serve(t)
  const answer = await exchangeBytes(path, [
    Buffer.from(`${get('GET /1 HTTP/1.1', 'Host: a')}BROKEN\r\n\r\n${get('GET /2 HTTP/1.1', 'Host: a')}`),
  ])
  t.regex(answer.toString(), /^HTTP\/1.1 200/)
  t.deepEqual(
    echo.heard.map(({ environ }) => environ.PATH_INFO),
    ['/1'],
  )
})

/** All that comes on a TCP connection whose client says this and that it is done. */
async function halfClosed(listeners: { addresses: readonly string[] }, said: string): Promise<string> {
  const [host, port] = (listeners.addresses[1] as string).split(':')
  return new Promise((resolve) => {
    let all = ''
    const socket = connect({ port: Number(port), host: host as string, allowHalfOpen: true })
    socket.end(said, 'latin1')
    socket.on('data', (bytes) => {
      all += bytes
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(all))
  })
}

test('a TCP client that has nothing more to say still gets its answers', async (t) => {
  const { listeners } = await serve(
    t,
    ({ exchange, environ }) =>
      void setTimeout(
        () =>
          exchange.respond(
            head('200 OK', 'Content-Length: 2'),
            Buffer.from(environ.PATH_INFO as string),
            true,
          ),
        20,
      ),
    { http: ['127.0.0.1:0'] },
  )
  const both = get('GET /1 HTTP/1.1', 'Host: a') + get('GET /2 HTTP/1.1', 'Host: a')
  t.deepEqual((await halfClosed(listeners, both)).match(/\/\d$|\/\d(?=HTTP)/gm), ['/1', '/2'])
})

test('a TCP client that may have left is let go when no answer comes for a while', async (t) => {
  const { listeners } = await serve(t, answerEcho, { http: ['127.0.0.1:0'] }, { lingerMs: 50 })
  const gone = new Promise<string>((resolve) => {
    listeners.gate.dispatch.submit = (exchange) => {
      exchange.onGone = () => resolve(exchange.uri)
    }
  })
  t.is(await halfClosed(listeners, get('GET /slow HTTP/1.1', 'Host: a')), '')
  t.is(await gone, '/slow')
})

test('a front server that leaves its Unix socket is gone at once', async (t) => {
  const { path, listeners } = await serve(t)
  const left = new Promise<void>((resolve) => {
    listeners.gate.dispatch.submit = (exchange) => {
      exchange.onGone = resolve
      socket.end()
    }
  })
  const socket = connect(path)
  socket.write(get('GET / HTTP/1.1', 'Host: a'))
  await left
  t.pass()
})

const otherProtocols: [string, Buffer, RegExp][] = [
  ['TLS', Buffer.from('16030100f8010000f40303', 'hex'), /TLS \(https:\/\/\)/],
  ['HTTP/2', Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), /HTTP\/2;/],
  ['uwsgi', Buffer.from('001400000e00524551554553545f4d4554484f4403004745', 'hex'), /uwsgi; plain HTTP/],
  ['FastCGI', Buffer.from('01010001000800000001010000000000', 'hex'), /FastCGI; plain HTTP/],
]

for (const [name, bytes, said] of otherProtocols) {
  test(`${name} on an HTTP listener is called by its name`, async (t) => {
    const { listeners, warnings } = await serve(t, answerEcho, { http: ['127.0.0.1:0'] })
    const answer = await halfClosed(listeners, bytes.toString('latin1'))
    t.regex(answer, /^HTTP\/1.1 400 /)
    t.regex(answer, said)
    t.truthy(warnings[0]?.facts.hint)
  })
}

test('TLS on a socket of all protocols is not taken for a uwsgi packet', async (t) => {
  const { send, warnings } = await serve(t)
  await send(Buffer.from('16030100f8010000f40303', 'hex'))
  t.regex(warnings[0]?.event ?? '', /TLS/)
})

test('a client that leaves in the middle of its request is called that', async (t) => {
  const { listeners, warnings } = await serve(t, answerEcho, tcp)
  t.regex(await halfClosed(listeners, `${upload(100_000)}abc`), /^HTTP\/1.1 400 /)
  t.is(warnings[0]?.event, 'http: the client left in the middle of a request')
})

/** Requests `/`, reads nothing. */
async function askAndNotRead(listeners: { addresses: readonly string[] }) {
  const { socket } = await dial(listeners)
  socket.pause()
  socket.removeAllListeners('data')
  socket.write(get('GET / HTTP/1.1', 'Host: a'))
  return socket
}

test('a worker is rid of a page of 900 KiB whether its client takes it or not', async (t) => {
  const { listeners } = await serve(t, answerEcho, { http: [`127.0.0.1:0`] })
  let open = true
  const said = new Promise<void>((resolve) => {
    listeners.gate.dispatch.submit = (exchange) => {
      open = exchange.respond(head('200 OK', 'Content-Length: 921600'), Buffer.alloc(102_400), false)
      for (let part = 1; part < 9; part++) open = exchange.more(Buffer.alloc(102_400), part === 8) && open
      resolve()
    }
  })
  const socket = await askAndNotRead(listeners)
  await said
  t.true(open)
  socket.destroy()
  await turns(() => listeners.gate.counts.connections === 0)
  t.is(listeners.gate.answerSpace.used, 0)
})

test('of a larger answer a MiB is held, then the worker waits; both end with the connection', async (t) => {
  const { listeners } = await serve(t, answerEcho, { http: [`127.0.0.1:0`] })
  const held = new Promise<number>((resolve) => {
    listeners.gate.dispatch.submit = (exchange) => {
      exchange.respond(head('200 OK'), Buffer.alloc(65_536), false)
      while (exchange.more(Buffer.alloc(65_536), false));
      resolve(listeners.gate.answerSpace.used)
    }
  })
  const socket = await askAndNotRead(listeners)
  t.is(await held, 16 * 65_536)
  socket.destroy()
  await turns(() => listeners.gate.counts.connections === 0)
  t.is(listeners.gate.answerSpace.used, 0)
})

test('a client that takes nothing of a finished answer is cut', async (t) => {
  const { listeners } = await serve(t, answerEcho, { http: [`127.0.0.1:0`] }, { bodyMs: 100 })
  const body = Buffer.alloc(20_000_000)
  listeners.gate.dispatch.submit = (exchange) => {
    exchange.respond(head('200 OK', `Content-Length: ${body.length}`), body, true)
  }
  const socket = await askAndNotRead(listeners)
  await turns(() => listeners.gate.counts.accepted === 1)
  while (listeners.gate.counts.connections > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  socket.destroy()
  t.pass()
})
