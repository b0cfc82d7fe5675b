// Reports of the worker and lines of the access log name the same request.
import test from 'ava'
import { startTestGateway } from '../../helpers/gateway.ts'
import { ask } from '../../helpers/nginx.ts'
import { exchangeBytes, speak } from '../../helpers/speak.ts'

const app = `
def application(environ, start_response):
    raise ValueError('reported')
`

test('a request of an HTTP client has one id in the report and in the access log, given or made', async (t) => {
  const site = await startTestGateway(t, { 'log-format': '%(status) %(var.POSTERN_REQUEST_ID)' }, app)
  t.is((await ask(site.socket, '/made')).status, 500)
  t.is((await ask(site.socket, '/given', { headers: { 'X-Request-ID': 'mine-1' } })).status, 500)
  t.is((await ask(site.socket, '/odd', { headers: { 'X-Request-ID': 'a b"c' } })).status, 500)
  await site.gateway.stop(5_000)
  const ids = [...site.log.printed.matchAll(/^GET \/\w+ \(request id ([^)]*)\): /gm)].map(([, id]) => id)
  t.is(ids.length, 3)
  t.is(ids[1], 'mine-1')
  t.regex(ids[2] as string, /^[0-9a-f]{12}-\w+$/)
  t.deepEqual(
    site.log.lines,
    ids.map((id) => `500 ${id}`),
  )
})

test('a request of nginx by FastCGI or uwsgi has one id in the report, the access log and environ', async (t) => {
  const site = await startTestGateway(t, { 'log-format': '%(status) %(reqid)' }, app)
  const headers: [string, string][][] = [
    [],
    [['X-Request-ID', 'mine-1']],
    [['X-Request-ID', 'a b"c']],
    [
      ['X-Request-ID', 'one'],
      ['X-Request-ID', 'two'],
    ],
  ]
  for (const protocol of ['fastcgi', 'uwsgi'] as const) {
    for (const [index, given] of headers.entries())
      await exchangeBytes(site.socket, [speak(protocol, { target: `/${protocol}${index}`, headers: given })])
    const vars: [string, string][] = [
      ['REQUEST_ID', 'front-1'],
      ['POSTERN_REQUEST_ID', 'not-ours'],
    ]
    await exchangeBytes(site.socket, [speak(protocol, { target: `/${protocol}4`, vars })])
  }
  await site.gateway.stop(5_000)
  const reports = [...site.log.printed.matchAll(/^GET \/\w+ \(request id ([^)]*)\): /gm)].map(([, id]) => id)
  t.is(reports.length, 10)
  const made = /^[0-9a-f]{12}-\w+$/
  for (const at of [0, 5]) {
    t.is(reports[at + 1], 'mine-1')
    t.is(reports[at + 4], 'front-1')
    for (const own of [0, 2, 3]) t.regex(reports[at + own] as string, made)
  }
  t.is(new Set(reports).size, 8)
  t.deepEqual(
    site.log.lines,
    reports.map((id) => `500 ${id}`),
  )
})
