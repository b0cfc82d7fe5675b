// catch-exceptions: the traceback in the browser, escaped, and never unless asked for.
import test from 'ava'
import { startTestGateway } from '../../helpers/gateway.ts'
import { ask } from '../../helpers/nginx.ts'

const app = `
class Body:
    def __iter__(self):
        raise ValueError('<script>late</script>')
    def close(self):
        print('closed the body', flush=True)

class Mute(Exception):
    def __str__(self):
        raise RuntimeError('mute')

def application(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/raise':
        raise KeyError('<b>secret & more</b>')
    if path == '/mute':
        raise Mute()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '3')])
    if path == '/late':
        return Body()
    if path == '/mid':
        def body():
            yield b'x'
            raise ValueError('secret')
        return body()
    return [b'ok\\n']
`
const html = { headers: { Accept: 'text/html,*/*' } }

test('catch-exceptions shows what failed, as HTML to a browser and as text to others', async (t) => {
  const site = await startTestGateway(t, { 'catch-exceptions': true }, app)
  const page = await ask(site.socket, '/raise', html)
  const shown = page.body.toString()
  t.is(page.status, 500)
  t.is(page.headers['content-type'], 'text/html; charset=utf-8')
  t.true(shown.includes('&lt;b&gt;secret &amp; more&lt;/b&gt;'))
  t.false(shown.includes('<b>secret'))
  t.true(shown.includes('app.py') && shown.includes('GET /raise'))
  const text = await ask(site.socket, '/raise')
  t.is(text.headers['content-type'], 'text/plain; charset=utf-8')
  t.regex(text.body.toString(), /^Traceback \(most recent call last\):$/m)
  const late = await ask(site.socket, '/late', html)
  t.is(late.status, 500)
  t.true(late.body.toString().includes('&lt;script&gt;late'))
  const head = await ask(site.socket, '/raise', { method: 'HEAD' })
  t.is(head.status, 500)
  t.is(head.body.length, 0)
  await t.throwsAsync(ask(site.socket, '/mid'))
  t.is((await ask(site.socket, '/mute')).body.toString(), '500 Internal Server Error\n')
  t.is((await ask(site.socket, '/fine')).body.toString(), 'ok\n')
  await site.gateway.stop(5_000)
  t.is(site.log.printed.split('closed the body').length, 2)
  t.true(site.log.printed.includes('KeyError'))
})

test('without catch-exceptions nothing of a failure reaches the client', async (t) => {
  const site = await startTestGateway(t, {}, app)
  for (const path of ['/raise', '/late']) {
    const { status, body } = await ask(site.socket, path, html)
    t.is(status, 500)
    t.is(body.toString(), '500 Internal Server Error\n')
  }
})
