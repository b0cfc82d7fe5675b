// Who is believed about the client behind it.
import test from 'ava'
import { readScheme, Trust } from '../../../gateway/listen/trust.ts'
import { answerEcho } from '../../helpers/echo.ts'
import { echoed, serve } from '../../helpers/listening.ts'
import { understand } from '../../helpers/speak.ts'

const inside = new Trust(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32'])

for (const [address, trusted] of [
  ['10.255.0.1', true],
  ['11.0.0.1', false],
  ['192.0.2.7', true],
  ['192.0.2.8', false],
  ['2001:db8:1::5', true],
  ['2001:db9::5', false],
  [undefined, false],
  ['nonsense', false],
] as const) {
  test(`${address ?? 'a Unix socket'} is ${trusted ? '' : 'not '}trusted`, (t) => {
    t.is(inside.trusts(address), trusted)
  })
}

test('nobody, everybody, and who comes by a socket file', (t) => {
  t.false(new Trust([]).trusts('10.0.0.1'))
  t.true(new Trust(['*']).trusts('203.0.113.1'))
  t.true(new Trust(['*']).trusts(undefined))
  t.true(new Trust(['unix']).trusts(undefined))
  t.false(new Trust(['unix']).trusts('10.0.0.1'))
})

for (const [said, client] of [
  ['203.0.113.5', '203.0.113.5'],
  ['6.6.6.6, 203.0.113.5', '203.0.113.5'],
  ['6.6.6.6, 203.0.113.5, 10.1.1.1, 10.2.2.2', '203.0.113.5'],
  ['203.0.113.5:4711, 10.1.1.1', '203.0.113.5'],
  ['"[2001:db9::1]:80"', '2001:db9::1'],
  ['10.1.1.1, 10.2.2.2', '10.1.1.1'],
  ['6.6.6.6, unknown, 10.2.2.2', '10.2.2.2'],
  ['<script>', undefined],
  ['', undefined],
] as const) {
  test(`X-Forwarded-For ${JSON.stringify(said)} names ${client ?? 'nobody'}`, (t) => {
    t.is(inside.client(said), client)
  })
}

test('a scheme is http or https, alone', (t) => {
  t.is(readScheme(' HTTPS '), 'https')
  t.is(readScheme('http'), 'http')
  for (const text of ['', 'wss', 'https,http', 'https://']) t.is(readScheme(text), undefined)
})

for (const entry of ['10.0.0.0/33', '10.0.0/8', 'proxy.internal', '::/129', '1.2.3.4/', '1.2.3.4/x']) {
  test(`${entry} is refused at start`, (t) => {
    t.throws(() => new Trust([entry]), { message: /is no address and no network/ })
  })
}

const request = (...lines: string[]) =>
  `${['GET / HTTP/1.1', 'Host: site.test', 'Connection: close', ...lines].join('\r\n')}\r\n\r\n`
const forwarded = request(
  'X-Forwarded-For: 6.6.6.6',
  'X-Forwarded-For: 203.0.113.5',
  'X-Forwarded-Proto: https',
)

test('a trusted proxy’s client and scheme are the application’s', async (t) => {
  const { send } = await serve(t, answerEcho, { 'trusted-proxies': ['unix'] })
  const { environ } = echoed(understand('http', await send(forwarded)))
  t.is(environ.REMOTE_ADDR, '203.0.113.5')
  t.is(environ['wsgi.url_scheme'], 'https')
  t.is(environ.SERVER_PORT, '443')
  t.is(environ.HTTP_X_FORWARDED_PROTO, 'https')
})

test('without trust the scheme is http, whatever a header says', async (t) => {
  const { send } = await serve(t)
  const { environ } = echoed(understand('http', await send(forwarded)))
  t.is(environ['wsgi.url_scheme'], 'http')
})

test('a body that was awaited changes nothing of that', async (t) => {
  const { send } = await serve(t, answerEcho, { 'trusted-proxies': ['*'] })
  const head = forwarded.replace('GET', 'POST').replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n')
  const { environ } = echoed(understand('http', await send(`${head}3\r\nabc\r\n0\r\n\r\n`)))
  t.is(environ.REMOTE_ADDR, '203.0.113.5')
  t.is(environ['wsgi.url_scheme'], 'https')
  t.is(environ.CONTENT_LENGTH, '3')
})
