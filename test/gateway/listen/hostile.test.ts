// Peers that stop, lie, flood or never read, on the binary protocols. HTTP's are in http.test.ts.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import test from 'ava'
import { answerEcho, head } from '../../helpers/echo.ts'
import { echoed, serve } from '../../helpers/listening.ts'
import { exchangeBytes, record, speak, understand, uwsgiPacket, uwsgiVars } from '../../helpers/speak.ts'

/** A client that does not mind being reset. */
const open = (path: string): Socket => connect(path).on('error', () => {})
const binary = ['fastcgi', 'uwsgi'] as const
const closed = (socket: Socket): Promise<unknown> => {
  socket.resume()
  return once(socket, 'close')
}

for (const protocol of binary) {
  test(`${protocol}: half a head is answered 408 where that would be understood, then closed`, async (t) => {
    const { path, echo, warnings } = await serve(t, answerEcho, {}, { headMs: 100 })
    const bytes = speak(protocol, {})
    const answer = await exchangeBytes(path, [bytes.subarray(0, 60)])
    t.is(understand(protocol, answer).status, 408)
    t.is(echo.heard.length, 0)
    t.regex(warnings[0]?.event ?? '', /0.1 seconds/)
  })

  test(`${protocol}: a body that stops is answered 408 before, an error during the application's work`, async (t) => {
    const { path, echo } = await serve(t, answerEcho, {}, { bodyMs: 100 })
    const said = (length: number) => speak(protocol, { method: 'POST', body: Buffer.alloc(length) })
    const small = await exchangeBytes(path, [said(1000).subarray(0, -500)])
    t.is(understand(protocol, small).status, 408)
    t.is(echo.heard.length, 0)
    const large = await exchangeBytes(path, [said(100_000).subarray(0, -500)])
    t.is(understand(protocol, large).status, 200)
    t.regex((await echo.next()).failed ?? '', /0.1 seconds/)
  })

  test(`${protocol}: a peer that leaves in the middle of its head is one warning`, async (t) => {
    const { path, warnings, listeners } = await serve(t)
    const socket = open(path)
    socket.end(speak(protocol, {}).subarray(0, 60))
    await closed(socket)
    t.regex(warnings[0]?.event ?? '', /in the middle/)
    t.is(listeners.gate.counts.connections, 0)
  })

  test(`${protocol}: a peer that leaves in the middle of its body is an error for the application`, async (t) => {
    const { path, echo } = await serve(t)
    const socket = open(path)
    socket.write(speak(protocol, { method: 'POST', body: Buffer.alloc(100_000) }).subarray(0, -500))
    setImmediate(() => socket.end())
    t.regex((await echo.next()).failed ?? '', /left/)
    await closed(socket)
  })

  test(`${protocol}: a peer that never reads stops the answer, and is cut after the limit`, async (t) => {
    let written = 0
    const { path, listeners } = await serve(
      t,
      ({ exchange }) => {
        const chunk = Buffer.alloc(65_536)
        const more = () => {
          do written++
          while (exchange.more(chunk, false) && written < 1000)
        }
        exchange.onDrain = more
        if (exchange.respond(head('200 OK', 'Content-Length: 65536000'), chunk, false)) more()
      },
      {},
      { bodyMs: 100 },
    )
    const socket = open(path)
    socket.pause()
    socket.write(speak(protocol, {}))
    const { counts } = listeners.gate
    while (counts.gone === 0 || counts.connections > 0)
      await new Promise((resolve) => setTimeout(resolve, 20))
    t.true(written < 100, `${written} chunks were taken`)
    socket.destroy()
  })

  test(`${protocol}: an endless upload behind an early answer is cut after a while`, async (t) => {
    const { path, listeners } = await serve(t)
    listeners.gate.dispatch.submit = (exchange) => {
      exchange.respond(head('200 OK', 'Content-Length: 0'), undefined, true)
    }
    const socket = open(path)
    const body = Buffer.alloc(65_000, 'x')
    socket.write(
      speak(protocol, { method: 'POST', length: '1000000000000' }).subarray(
        0,
        protocol === 'uwsgi' ? undefined : -8,
      ),
    )
    let sent = 0
    const piece = protocol === 'uwsgi' ? body : record(5, body)
    const flood = (): void => {
      while (!socket.destroyed) {
        sent += piece.length
        if (!socket.write(piece)) return
      }
    }
    socket.on('drain', flood)
    flood()
    await closed(socket)
    t.true(sent < 64 << 20)
  })

  test(`${protocol}: an application that does not take the body pauses the peer`, async (t) => {
    const { path, listeners } = await serve(t)
    let exchange: Parameters<typeof listeners.gate.dispatch.submit>[0] | undefined
    listeners.gate.dispatch.submit = (given) => {
      exchange = given
    }
    const socket = open(path)
    const bytes = speak(protocol, { method: 'POST', body: Buffer.alloc(8_000_000, 'y') })
    socket.write(bytes)
    while (
      exchange === undefined ||
      [...listeners.gate.kept].every((kept) => kept.deadline !== Number.POSITIVE_INFINITY)
    ) {
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    t.true(socket.writableLength > 0)
    let got = 0
    await new Promise<void>((resolve) => {
      let pauses = 0
      exchange?.startBody({
        body(part, end) {
          got += part.length
          if (end) resolve()
          if (pauses++ % 3 > 0) return true
          setImmediate(() => exchange?.resumeBody())
          return false
        },
        bodyFailed: () => t.fail(),
      })
    })
    t.is(got, 8_000_000)
    socket.destroy()
  })
}

test('FastCGI: a length that the body exceeds is 400', async (t) => {
  const { path } = await serve(t)
  const bytes = speak('fastcgi', { method: 'POST', length: '3', body: Buffer.from('abcdef') })
  t.is(understand('fastcgi', await exchangeBytes(path, [bytes])).status, 400)
})

test('FastCGI: a body that ends too early is 400', async (t) => {
  const { path } = await serve(t)
  const bytes = speak('fastcgi', { method: 'POST', length: '10', body: Buffer.from('abcdef') })
  t.is(understand('fastcgi', await exchangeBytes(path, [bytes])).status, 400)
})

test('uwsgi: bytes behind the declared body are not part of it', async (t) => {
  const { path } = await serve(t)
  const bytes = speak('uwsgi', { method: 'POST', length: '3', body: Buffer.from('abcdef') })
  t.is(echoed(understand('uwsgi', await exchangeBytes(path, [bytes]))).body.toString(), 'abc')
})

test('FastCGI: ABORT_REQUEST is a client that left', async (t) => {
  const { path, echo, listeners } = await serve(t, () => {})
  const socket = open(path)
  socket.write(speak('fastcgi', { keep: true }))
  const { exchange } = await echo.next()
  const gone = new Promise<void>((resolve) => {
    exchange.onGone = resolve
  })
  socket.write(record(2, Buffer.alloc(0)))
  await gone
  await closed(socket)
  t.is(listeners.gate.counts.connections, 0)
})

test('uwsgi: a ping is answered and closed', async (t) => {
  const { path } = await serve(t)
  t.is((await exchangeBytes(path, [Buffer.from([100, 0, 0, 0])])).toString('hex'), '64000001')
  t.is((await exchangeBytes(path, [Buffer.from([100]), Buffer.from([0, 0, 0])])).toString('hex'), '64000001')
})

test('uwsgi: commands for uWSGI are named in the log, answered 501 and never obeyed', async (t) => {
  const { send, echo, warnings } = await serve(t)
  const eval22 = uwsgiPacket(uwsgiVars([['UWSGI_FILE', '/tmp/evil.py']]), 22)
  t.is(understand('uwsgi', await send(eval22.toString('latin1'))).status, 501)
  t.regex(warnings[0]?.event ?? '', /evaluate code/)
  t.is(echo.heard.length, 0)
})

test('a flood of nonsense is a few log lines, all of it counted', async (t) => {
  const { path, warnings, listeners } = await serve(t)
  for (let i = 0; i < 50; i++) await exchangeBytes(path, [uwsgiPacket(uwsgiVars([['A', 'b']]), 5)])
  t.is(listeners.gate.counts.refused, 50)
  t.true(warnings.length <= 10)
})

test('an idle connection is closed after the limit, a busy one is not', async (t) => {
  const { path, echo } = await serve(t, () => {}, {}, { idleMs: 1000 })
  const busy = open(path)
  const busyClosed = closed(busy)
  busy.write(speak('fastcgi', { keep: true }))
  const heard = await echo.next()
  await closed(open(path))
  t.false(busy.destroyed)
  answerEcho(heard)
  await busyClosed
})

test('FastCGI: a request that is refused does not cost the kept connection', async (t) => {
  const { path } = await serve(t, answerEcho, { 'buffer-size': 2000, 'limit-post': 100 })
  const bad = [
    speak('fastcgi', { keep: true, headers: [['X-Large', 'x'.repeat(3000)]] }),
    speak('fastcgi', { keep: true, target: 'no-slash' }),
    speak('fastcgi', { keep: true, length: 'ten', method: 'POST', body: Buffer.from('abc') }),
    speak('fastcgi', { keep: true, method: 'POST', body: Buffer.alloc(1000) }),
  ]
  const good = speak('fastcgi', { target: '/good' })
  for (const pieces of [[...bad, good], [Buffer.concat([...bad, good])]]) {
    const answer = await exchangeBytes(path, pieces)
    const statuses = [...answer.toString('latin1').matchAll(/Status: (\d+)/g)].map(([, status]) => status)
    t.deepEqual(statuses, ['431', '400', '400', '413', '200'])
  }
})

for (const protocol of binary) {
  test(`${protocol}: a body that lies in nginx's file is not waited for on the link`, async (t) => {
    const { ask } = await serve(t)
    const vars: [string, string][] = [['POSTERN_BODY_FILE', '/var/lib/nginx/body/1']]
    const { environ, body } = echoed(await ask(protocol, { method: 'POST', length: '5000000', vars }))
    t.is(environ.CONTENT_LENGTH, '5000000')
    t.is(environ.POSTERN_BODY_FILE, '/var/lib/nginx/body/1')
    t.is(body.length, 0)
  })
}

test('http: a client cannot name a file as its body', async (t) => {
  const { ask } = await serve(t)
  const headers: [string, string][] = [['POSTERN-BODY-FILE', '/etc/passwd']]
  const { environ } = echoed(await ask('http', { headers }))
  t.is(environ.POSTERN_BODY_FILE, undefined)
  t.is(environ.HTTP_POSTERN_BODY_FILE, '/etc/passwd')
})
