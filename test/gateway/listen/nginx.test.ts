// A real nginx in front of the listeners, by each of its three ways; an echo stands behind them instead of workers.
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import type { Exchange } from '../../../gateway/exchange.ts'
import { type OpenListeners, openListeners } from '../../../gateway/listen/listen.ts'
import { gatewayOptions } from '../../../gateway/options.ts'
import { answerEcho, EchoDispatch, head, readBody, readEnviron } from '../../helpers/echo.ts'
import { echoed } from '../../helpers/listening.ts'
import { type Nginx, nginxOrSkip, startNginx, tempFolder } from '../../helpers/nginx.ts'

const server = `
  client_max_body_size 0;
  location /fastcgi/ { include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass fast; }
  location /uwsgi/ { include /etc/nginx/uwsgi_params; uwsgi_pass uwsgi; }
  location /http/ { proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    proxy_set_header X-Real-IP 192.0.2.9; proxy_pass http://web; }
  location /fastcgi/stream/ { include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_request_buffering off; fastcgi_pass fast; }
  location /uwsgi/stream/ { include /etc/nginx/uwsgi_params; uwsgi_request_buffering off; uwsgi_pass uwsgi; }
  location /http/stream/ { proxy_http_version 1.1; proxy_request_buffering off; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_pass http://web; }
  location /http10/ { proxy_pass http://web; }
  location /rewritten/ { rewrite ^/rewritten(/.*)$ /new$1 break; include /etc/nginx/uwsgi_params; uwsgi_pass uwsgi; }
  location /app/ { include /etc/nginx/uwsgi_params; uwsgi_param SCRIPT_NAME /app; uwsgi_modifier1 30; uwsgi_pass uwsgi; }
`
const ways = ['fastcgi', 'uwsgi', 'http']
let nginx: Nginx
let listeners: OpenListeners
const warnings: string[] = []

/** Hashes what it is sent, sends what it is asked for: nothing is kept whole. */
function large(exchange: Exchange, environ: Record<string, string>): void {
  if (environ.REQUEST_METHOD === 'POST') {
    const hash = createHash('sha256')
    const done = () => {
      const digest = Buffer.from(hash.digest('hex'))
      exchange.respond(head('200 OK', `Content-Length: ${digest.length}`), digest, true)
    }
    if (exchange.bodyMode === 'inline') {
      hash.update(exchange.inlineBody as Buffer)
      done()
      return
    }
    exchange.startBody({
      body(bytes, end) {
        hash.update(bytes)
        if (end) done()
        return true
      },
      bodyFailed: (reason) => exchange.abort(reason),
    })
    return
  }
  const chunk = Buffer.alloc(65_536, 'z')
  let left = 1600
  const more = () => {
    while (left > 0) {
      left--
      if (!exchange.more(chunk, left === 0)) return
    }
  }
  exchange.onDrain = more
  if (exchange.respond(head('200 OK', `Content-Length: ${chunk.length * left}`), undefined, false)) more()
}

/** Whether so many bytes have left on one connection, and none wait on any. */
function isOnItsWay(bytes: number): boolean {
  const sockets = [...listeners.gate.kept].map((kept) => (kept as unknown as { socket: Socket }).socket)
  return (
    sockets.some(({ bytesWritten }) => bytesWritten >= bytes) &&
    sockets.every(({ writableLength }) => writableLength === 0)
  )
}

test.before(async (t) => {
  if (!nginxOrSkip(t)) return
  const prefix = tempFolder('links')
  const socket = join(prefix, 'back.sock')
  const echo = new EchoDispatch(answerEcho)
  const submit = (exchange: Exchange): void => {
    const environ = readEnviron(exchange.environ)
    const path = environ.PATH_INFO ?? ''
    if (path.includes('/large')) large(exchange, environ)
    else if (path.includes('/cut')) {
      exchange.respond(head('200 OK', 'Content-Length: 1000'), Buffer.from('half'), false)
      setImmediate(() => exchange.abort('the worker died'))
    } else if (path.includes('/endless')) {
      exchange.respond(head('200 OK'), Buffer.alloc(100_000), false)
      // Only when all of it is on its way: an abort drops what was not sent.
      const abort = () => (isOnItsWay(100_000) ? exchange.abort('the worker died') : setImmediate(abort))
      setImmediate(abort)
    } else if (path.includes('/early')) {
      exchange.respond(head('403 Forbidden', 'Content-Length: 2'), Buffer.from('no'), true)
    } else void readBody(exchange).then((read) => echo.answer({ exchange, environ, ...read }))
  }
  const log = { info() {}, warning: (event: string) => void warnings.push(event) }
  listeners = await openListeners(
    gatewayOptions.parse({ socket: [socket], 'buffer-size': 20_000 }),
    { submit },
    log,
  )
  // One upstream for each protocol: nginx would take a kept FastCGI connection for an HTTP request.
  const upstream = (name: string) => `upstream ${name} { server unix:${socket}; keepalive 4; }`
  const http = `${upstream('fast')} ${upstream('web')} upstream uwsgi { server unix:${socket}; }`
  nginx = await startNginx({ prefix, http, server })
})
test.after.always(async () => {
  await nginx?.stop()
  listeners?.destroy()
})

for (const way of ways) {
  test(`${way}_pass: a request and its answer`, async (t) => {
    const reply = await nginx.ask(`/${way}/caf%C3%A9//x?a=b`, {
      headers: { cookie: ['a=1', 'b=2'], 'x-high': '\xe9', connection: 'close' },
    })
    const { environ } = echoed(reply)
    t.is(reply.status, 200)
    t.is(environ.PATH_INFO, `/${way}/cafÃ©//x`)
    t.is(environ.SCRIPT_NAME, '')
    t.is(environ.QUERY_STRING, 'a=b')
    t.is(environ.HTTP_COOKIE, 'a=1; b=2')
    t.is(environ.HTTP_X_HIGH, '\xe9')
    t.is(environ.HTTP_HOST, 'localhost')
    t.is(environ['wsgi.url_scheme'], 'http')
    t.is(environ.REMOTE_ADDR, way === 'http' ? '192.0.2.9' : 'unix:')
  })

  test(`${way}_pass: bodies, buffered by nginx or streamed`, async (t) => {
    for (const place of ['', 'stream/']) {
      for (const size of [1, 60_000, 70_000, 3_000_000]) {
        const body = Buffer.alloc(size, 'postern!')
        const reply = await nginx.ask(`/${way}/${place}large`, { method: 'POST', body })
        t.is(reply.text, createHash('sha256').update(body).digest('hex'), `${place}${size}`)
      }
    }
  })

  test(`${way}_pass: a chunked upload arrives whole`, async (t) => {
    for (const place of ['', 'stream/']) {
      const reply = await nginx.ask(`/${way}/${place}large`, {
        method: 'POST',
        body: Buffer.alloc(200_000, 'c'),
        headers: { 'transfer-encoding': 'chunked' },
      })
      t.is(reply.text, createHash('sha256').update(Buffer.alloc(200_000, 'c')).digest('hex'))
    }
  })

  test(`${way}_pass: 100 MiB down and 64 MiB up, and memory hardly grows`, async (t) => {
    globalThis.gc?.()
    const before = process.memoryUsage().rss
    let most = before
    const hash = createHash('sha256')
    const piece = Buffer.alloc(1 << 20, 'u')
    const reply = await new Promise<string>((resolve, reject) => {
      const up = request(
        {
          socketPath: nginx.front,
          path: `/${way}/stream/large`,
          method: 'POST',
          agent: false,
          headers: { host: 'a', 'content-length': 64 << 20 },
        },
        (response) => {
          let text = ''
          response.on('data', (chunk) => {
            text += chunk
          })
          response.on('end', () => resolve(text))
        },
      )
      up.on('error', reject)
      let left = 64
      const send = (): void => {
        while (left > 0) {
          left--
          hash.update(piece)
          most = Math.max(most, process.memoryUsage().rss)
          if (!up.write(piece)) {
            up.once('drain', send)
            return
          }
        }
        up.end()
      }
      send()
    })
    t.is(reply, hash.digest('hex'))
    const got = await new Promise<number>((resolve, reject) => {
      let length = 0
      request(
        { socketPath: nginx.front, path: `/${way}/large`, agent: false, headers: { host: 'a' } },
        (response) => {
          response.on('data', (chunk: Buffer) => {
            length += chunk.length
            most = Math.max(most, process.memoryUsage().rss)
          })
          response.on('end', () => resolve(length))
          response.on('error', reject)
        },
      ).end()
    })
    t.is(got, 1600 * 65_536)
    // Both ends of the test live in this process, and garbage is collected when V8 likes.
    t.true(most - before < 100 << 20, `${Math.round((most - before) / 2 ** 20)} MiB`)
  })

  test(`${way}_pass: an answer cut after its head reaches the client as cut`, async (t) => {
    await t.throwsAsync(nginx.ask(`/${way}/cut`))
  })

  test(`${way}_pass: an answer to an upload that nobody read`, async (t) => {
    const reply = await nginx.ask(`/${way}/early`, { method: 'POST', body: Buffer.alloc(300_000) })
    t.is(reply.status, 403)
    t.is(reply.text, 'no')
  })

  test(`${way}_pass: a head that nginx takes but we do not is 431, not 502`, async (t) => {
    const headers = { 'x-a': 'a'.repeat(7000), 'x-b': 'b'.repeat(7000), 'x-c': 'c'.repeat(7000) }
    const reply = await nginx.ask(`/${way}/x`, { headers })
    t.is(reply.status, 431)
    t.regex(reply.text, /20000 bytes/)
  })
}

test('without a length a cut answer is seen over FastCGI and HTTP; the uwsgi protocol cannot show it', async (t) => {
  await t.throwsAsync(nginx.ask('/fastcgi/endless'))
  await t.throwsAsync(nginx.ask('/http/endless'))
  t.is((await nginx.ask('/uwsgi/endless')).body.length, 100_000)
})

for (const way of ['fastcgi', 'http']) {
  test.serial(`${way}_pass keeps its connection for the next request`, async (t) => {
    await nginx.ask(`/${way}/x`)
    const { accepted } = listeners.gate.counts
    for (let i = 0; i < 10; i++)
      t.is((await nginx.ask(`/${way}/x`, { method: 'POST', body: 'abc' })).status, 200)
    t.true(listeners.gate.counts.accepted - accepted <= 1)
  })
}

test("nginx's default proxy_pass, HTTP/1.0 and no kept connection, works too", async (t) => {
  const { environ } = echoed(await nginx.ask('/http10/x'))
  t.is(environ.SERVER_PROTOCOL, 'HTTP/1.0')
})

test('a rewrite in nginx is what the application sees', async (t) => {
  const { environ } = echoed(await nginx.ask('/rewritten/a/b?q'))
  t.is(environ.PATH_INFO, '/new/a/b')
  t.is(environ.REQUEST_URI, '/rewritten/a/b?q')
})

test('the old way of mounting, uwsgi_modifier1 30 with SCRIPT_NAME', async (t) => {
  const { environ } = echoed(await nginx.ask('/app/a/b'))
  t.is(environ.SCRIPT_NAME, '/app')
  t.is(environ.PATH_INFO, '/a/b')
})

test.serial('nothing was said against a healthy nginx', (t) => {
  t.deepEqual(
    warnings.filter((text) => !text.includes('20000 bytes')),
    [],
  )
})
