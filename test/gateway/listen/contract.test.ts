// The same claims over FastCGI, uwsgi and HTTP on one auto-detecting socket; an echo stands in for the workers.
import { connect } from 'node:net'
import test from 'ava'
import { PosternError } from '../../../errors.ts'
import type { Exchange } from '../../../gateway/exchange.ts'
import { answerEcho, head } from '../../helpers/echo.ts'
import { echoed, serve } from '../../helpers/listening.ts'
import { exchangeBytes, protocols, speak, understand } from '../../helpers/speak.ts'

for (const protocol of protocols) {
  test(`${protocol}: a request becomes an environ`, async (t) => {
    const { ask } = await serve(t)
    const heard = await ask(protocol, { target: '/caf%C3%A9//a%2Fb?x=1&y=%20' })
    const { environ } = echoed(heard)
    t.is(heard.status, 200)
    t.true(heard.whole)
    t.is(environ.REQUEST_METHOD, 'GET')
    t.is(environ.PATH_INFO, '/cafÃ©//a/b')
    t.is(environ.SCRIPT_NAME, '')
    t.is(environ.QUERY_STRING, 'x=1&y=%20')
    t.is(environ.REQUEST_URI, '/caf%C3%A9//a%2Fb?x=1&y=%20')
    t.is(environ.RAW_URI, environ.REQUEST_URI)
    t.is(environ.SERVER_NAME, 'site.test')
    t.is(environ.SERVER_PORT, '80')
    t.is(environ.SERVER_PROTOCOL, 'HTTP/1.1')
    t.is(environ.HTTP_HOST, 'site.test')
    t.is(environ['wsgi.url_scheme'], 'http')
    t.is(environ.CONTENT_LENGTH, undefined)
  })

  test(`${protocol}: bodies of every size arrive whole`, async (t) => {
    const { ask } = await serve(t)
    for (const size of [0, 1, 1000, 65_536, 65_537, 1_000_000]) {
      const body = Buffer.alloc(size, 'postern')
      const got = echoed(await ask(protocol, { method: 'POST', body }))
      t.true(got.body.equals(body), `${size} bytes`)
      t.is(got.failed, undefined)
    }
  })

  test(`${protocol}: a request may arrive in any pieces`, async (t) => {
    const { path } = await serve(t)
    const bytes = speak(protocol, { method: 'POST', target: '/x', body: Buffer.from('abc') })
    const single = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))
    const heard = understand(protocol, await exchangeBytes(path, single))
    t.is(echoed(heard).body.toString(), 'abc')
  })

  test(`${protocol}: headers that came twice are joined, cookies by a semicolon`, async (t) => {
    const { ask } = await serve(t)
    const headers: [string, string][] = [
      ['Cookie', 'a=1'],
      ['X-A', '1'],
      ['Cookie', 'b=2'],
      ['X-A', '2'],
      ['X-B', '\xe9'],
      ['X-A', '3'],
      ['X-B', '\xff'],
    ]
    const { environ } = echoed(await ask(protocol, { headers }))
    t.is(environ.HTTP_COOKIE, 'a=1; b=2')
    t.is(environ.HTTP_X_A, '1, 2, 3')
    t.is(environ.HTTP_X_B, '\xe9, \xff')
  })

  test(`${protocol}: Proxy is no variable, Authorization cannot come twice`, async (t) => {
    const { ask } = await serve(t)
    const { environ } = echoed(await ask(protocol, { headers: [['Proxy', 'http://evil']] }))
    t.is(environ.HTTP_PROXY, undefined)
    const twice: [string, string][] = [
      ['Authorization', 'a'],
      ['Authorization', 'b'],
    ]
    t.is((await ask(protocol, { headers: twice })).status, 400)
  })

  test(`${protocol}: a streamed answer arrives whole and in order`, async (t) => {
    const parts = Array.from({ length: 50 }, (_, index) => Buffer.alloc(index * 2000, index))
    const { ask } = await serve(t, ({ exchange }) => {
      exchange.respond(head('200 OK', 'Content-Type: text/plain'), parts[0], false)
      for (const part of parts.slice(1)) exchange.more(part, false)
      exchange.more(Buffer.alloc(0), true)
    })
    const heard = await ask(protocol, {})
    t.true(heard.body.equals(Buffer.concat(parts)))
    // The uwsgi protocol has no mark for the end of a body without a length.
    t.is(heard.whole, protocol !== 'uwsgi')
  })

  test(`${protocol}: an answer of 200,000 bytes in one piece keeps its head and length`, async (t) => {
    const body = Buffer.alloc(200_000, 'x')
    const { ask } = await serve(t, ({ exchange }) => {
      exchange.respond(head('200 OK', 'X-Big: yes', `Content-Length: ${body.length}`), body, true)
    })
    const heard = await ask(protocol, {})
    t.is(heard.headers['x-big'], 'yes')
    t.true(heard.whole)
    t.true(heard.body.equals(body))
  })

  test(`${protocol}: HEAD, 204 and 304 have no body whatever the application sends`, async (t) => {
    let status = '200 OK'
    const { ask } = await serve(t, ({ exchange }) => {
      exchange.respond(head(status, 'Content-Length: 4'), Buffer.from('body'), false)
      exchange.more(Buffer.from('more'), true)
    })
    const answer = await ask(protocol, { method: 'HEAD' })
    t.is(answer.body.length, 0)
    t.is(answer.headers['content-length'], '4')
    status = '204 No Content'
    const empty = await ask(protocol, {})
    t.is(empty.body.length, 0)
    t.is(empty.headers['content-length'], undefined)
    status = '304 Not Modified'
    t.is((await ask(protocol, {})).body.length, 0)
  })

  test(`${protocol}: an answer cut after its head does not look whole`, async (t) => {
    const { ask } = await serve(t, ({ exchange }) => {
      exchange.respond(head('200 OK', 'Content-Length: 100'), Buffer.from('half'), false)
      exchange.abort('the application raised')
    })
    t.false((await ask(protocol, {})).whole)
  })

  test(`${protocol}: a refusal carries status, Retry-After and nothing of the application`, async (t) => {
    const { ask } = await serve(t, ({ exchange }) => {
      exchange.refuse(new PosternError('APP_FAILED', { reason: 'secret traceback' }), 7)
    })
    const heard = await ask(protocol, {})
    t.is(heard.status, new PosternError('APP_FAILED', { reason: '' }).status)
    t.is(heard.headers['retry-after'], '7')
    t.false(heard.body.toString().includes('secret'))
  })

  test(`${protocol}: a body over limit-post is 413, one at the limit is not`, async (t) => {
    const { ask } = await serve(t, answerEcho, { 'limit-post': 100_000 })
    t.is((await ask(protocol, { method: 'POST', body: Buffer.alloc(100_000) })).status, 200)
    t.is((await ask(protocol, { method: 'POST', body: Buffer.alloc(100_001) })).status, 413)
  })

  test(`${protocol}: a length that is no number is 400`, async (t) => {
    const { ask } = await serve(t)
    for (const length of ['+5', '-1', '3, 5', '0x10', '99999999999999999999']) {
      t.is((await ask(protocol, { method: 'POST', length, body: Buffer.alloc(5) })).status, 400, length)
    }
  })

  test(`${protocol}: a client that leaves is told to the dispatcher`, async (t) => {
    const { path, echo, listeners } = await serve(t, () => {})
    const socket = connect(path)
    socket.write(speak(protocol, { keep: true }))
    const { exchange } = await echo.next()
    const left = new Promise<void>((resolve) => {
      exchange.onGone = resolve
    })
    socket.destroy()
    await left
    t.is(listeners.gate.counts.gone, 1)
  })

  test(`${protocol}: late calls after the end change nothing`, async (t) => {
    const { ask } = await serve(t, ({ exchange }) => {
      exchange.respond(head('200 OK', 'Content-Length: 2'), Buffer.from('ok'), true)
      exchange.more(Buffer.from('late'), true)
      exchange.abort('late')
      exchange.refuse(new PosternError('APP_FAILED', { reason: 'late' }))
      exchange.discardBody()
    })
    t.is((await ask(protocol, {})).body.toString(), 'ok')
  })

  test(`${protocol}: an early answer reaches a peer that is still sending`, async (t) => {
    const { path, listeners } = await serve(t)
    listeners.gate.dispatch.submit = (exchange) => {
      exchange.respond(head('401 No', 'Content-Length: 2'), Buffer.from('no'), true)
    }
    const bytes = speak(protocol, { method: 'POST', body: Buffer.alloc(3_000_000) })
    const heard = understand(protocol, await exchangeBytes(path, [bytes]))
    t.is(heard.status, 401)
    t.is(heard.body.toString(), 'no')
  })

  test(`${protocol}: closing answers what is in flight and then is done`, async (t) => {
    let release: () => void = () => {}
    const { path, echo, listeners } = await serve(t, (heard) => {
      release = () => answerEcho(heard)
    })
    const answer = exchangeBytes(path, [speak(protocol, { keep: true })])
    await echo.next()
    const closed = listeners.close()
    release()
    await closed
    t.is(understand(protocol, await answer).status, 200)
    t.is(listeners.gate.counts.connections, 0)
  })
}

const recordTypes = (all: Buffer): number[] => {
  const types: number[] = []
  for (let at = 0; at + 8 <= all.length; at += 8 + all.readUInt16BE(at + 4) + (all[at + 6] as number)) {
    types.push(all[at + 1] as number)
  }
  return types
}

for (const size of [2, 5_000, 100_000]) {
  test(`fastcgi: while closing, a record behind an answer of ${size} bytes tells nginx not to keep the connection`, async (t) => {
    const { path, listeners } = await serve(t)
    const submitted = new Promise<Exchange>((resolve) => {
      listeners.gate.dispatch.submit = resolve
    })
    const answer = exchangeBytes(path, [speak('fastcgi', { keep: true })])
    const exchange = await submitted
    const closed = listeners.close()
    while (!listeners.gate.draining) await new Promise(setImmediate)
    exchange.respond(head('200 OK', `Content-Length: ${size}`), Buffer.alloc(size, 'x'), true)
    await closed
    const all = await answer
    t.deepEqual(recordTypes(all).slice(-2), [3, 11])
    t.is(understand('fastcgi', all).body.length, size)
  })
}
