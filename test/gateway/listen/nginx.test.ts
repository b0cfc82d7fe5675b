// A real nginx in front of the listeners, by each protocol; an echo stands behind them instead of workers.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { openListeners } from '../../../gateway/listen/listen.ts'
import { gatewayOptions } from '../../../gateway/options.ts'
import { EchoDispatch } from '../../helpers/echo.ts'
import { type Nginx, nginxOrSkip, startNginx, tempFolder } from '../../helpers/nginx.ts'

const server = `
  client_max_body_size 0; client_body_buffer_size 1m; underscores_in_headers on;
  location /fastcgi/ { include /etc/nginx/fastcgi_params; fastcgi_keep_conn on; fastcgi_pass back; }
  location /uwsgi/ { include /etc/nginx/uwsgi_params; uwsgi_pass back; }
`
const silent = { info() {}, warning() {} }
let nginx: Nginx
let echo: EchoDispatch
let listeners: Awaited<ReturnType<typeof openListeners>>

test.before(async (t) => {
  if (!nginxOrSkip(t)) return
  const prefix = tempFolder('links')
  mkdirSync(prefix, { recursive: true })
  const socket = join(prefix, 'back.sock')
  echo = new EchoDispatch()
  listeners = await openListeners(gatewayOptions.parse({ socket: [socket] }), echo, silent)
  nginx = await startNginx({ prefix, http: `upstream back { server unix:${socket}; keepalive 4; }`, server })
})
test.after.always(async () => {
  await nginx?.stop()
  listeners?.destroy()
})

for (const protocol of ['fastcgi', 'uwsgi']) {
  test(`${protocol}_pass carries a request and its answer`, async (t) => {
    const reply = await nginx.ask(`/${protocol}/caf%C3%A9//x?a=b`, { headers: { cookie: 'a=1' } })
    const { environ } = JSON.parse(reply.text)
    t.log(environ)
    t.is(reply.status, 200)
    t.is(environ.PATH_INFO, `/${protocol}/cafÃ©//x`)
    t.is(environ.QUERY_STRING, 'a=b')
    t.is(environ.HTTP_COOKIE, 'a=1')
  })
}
