// A uwsgi.ini, migrated, built, behind a real nginx: what its lines asked for is what clients see.
import test from 'ava'
import { defineSite, django, wsgi } from '../../config/define.ts'
import type { World } from '../../uwsgi/entry.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { writeSiteFile } from '../../uwsgi/site-file.ts'
import { translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { environOf, serveApp } from '../helpers/site.ts'

const ini = `[uwsgi]
master = true
processes = 2
wsgi-file = app.py
callable = application
py-executable = /usr/bin/python3
env = TIER=production
static-map = /static=files
static-map = /robots.txt=files/robots.txt
route = ^/old/(\\d+)$ redirect-permanent:/new/$1
route-if = equal:\${HTTP_X_FORWARDED_PROTO};http redirect-permanent:https://\${HTTP_HOST}\${REQUEST_URI}
route-user-agent = BadBot break:403
route = ^/v1/(.*)$ rewrite:/api/$1
add-header = X-From: uwsgi.ini
limit-post = 1000
harakiri = 20
`

/** The site that `postern migrate` writes, as the object it exports. */
function migrated(): Record<string, unknown> {
  const world: World = { ...realWorld('/site', {}), readFile: () => ini }
  const translation = translate(readConfiguration(['--ini', 'uwsgi.ini'], world), '/site')
  const text = writeSiteFile(translation, { folder: '/site', django: false, source: 'uwsgi.ini', disk })
  const body = text.replace(/^import .*$/m, '').replace('export default', 'return')
  return new Function('defineSite', 'django', 'wsgi', body)(defineSite, django, wsgi)
}

const disk = { isFile: (path: string) => path.endsWith('.txt'), list: () => [] }

test('a migrated configuration does through nginx what its lines asked for', async (t) => {
  if (!nginxOrSkip(t)) return
  const { ask } = await serveApp(t, migrated(), { 'files/a.css': 'a{}', 'files/robots.txt': 'none' })
  const page = await ask('/page?x=1')
  t.is(page.status, 200)
  t.is(environOf(page).PATH_INFO, '/page')
  t.is(page.headers['x-from'], 'uwsgi.ini')
  t.is((await ask('/robots.txt')).text, 'none')
  const css = await ask('/static/a.css')
  t.is(css.text, 'a{}')
  t.is(css.headers['x-from'], 'uwsgi.ini')
  const moved = await ask('/old/7')
  t.is(moved.status, 301)
  t.regex(moved.headers.location ?? '', /\/new\/7$/)
  const secure = await ask('/a?b=c', { headers: { host: 'example.org', 'x-forwarded-proto': 'http' } })
  t.is(secure.status, 301)
  t.is(secure.headers.location, 'https://example.org/a?b=c')
  t.is((await ask('/', { headers: { 'user-agent': 'BadBot/1' } })).status, 403)
  t.is(environOf(await ask('/v1/users')).PATH_INFO, '/api/users')
  t.is((await ask('/', { method: 'POST', body: Buffer.alloc(1000) })).status, 200)
  t.is((await ask('/', { method: 'POST', body: Buffer.alloc(1001) })).status, 413)
})
