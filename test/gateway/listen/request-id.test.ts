// Reports of the worker and lines of the access log name the same request.
import test from 'ava'
import { startTestGateway } from '../../helpers/gateway.ts'
import { ask } from '../../helpers/nginx.ts'

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
