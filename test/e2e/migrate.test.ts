// A uwsgi.ini, migrated, built, behind a real nginx: what its lines asked for is what clients see.
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { defineSite, django, wsgi } from '../../config/define.ts'
import type { World } from '../../uwsgi/entry.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { writeSiteFile } from '../../uwsgi/site-file.ts'
import { translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'
import { runLines } from '../helpers/cli.ts'
import { nginxOrSkip, tempFolder } from '../helpers/nginx.ts'
import { environOf, serveApp, serveSite, writeFiles } from '../helpers/site.ts'

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

test('a password that stood in uwsgi.ini is asked for by nginx, and written nowhere', async (t) => {
  if (!nginxOrSkip(t)) return
  const folder = tempFolder('passwords')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const at = (name: string): string => join(folder, name)
  writeFiles(folder, {
    'uwsgi.ini': '[uwsgi]\nwsgi-file = app.py\nroute = ^/in basicauth:Area,anna:ge:heim\n',
    'app.py': '',
  })
  const lines = [
    ['migrate', 'uwsgi.ini'],
    ['migrate', 'uwsgi.ini'],
    ['check', 'uwsgi.ini', '--lines'],
  ]
  const [done, again, checked] = runLines(lines, folder)
  t.is(done?.code, 0, done?.err)
  t.regex(done?.err ?? '', /wrote postern\.config\.ts, uwsgi-migration\.md and htpasswd\n/)
  t.regex(done?.err ?? '', /hashes of the passwords in uwsgi\.ini, mode 0640/)
  t.regex(again?.err ?? '', /there already/)
  t.regex(checked?.out ?? '', /basicauth:Area,anna:…/)
  t.is(statSync(at('htpasswd')).mode & 0o777, 0o640)
  const site = readFileSync(at('postern.config.ts'), 'utf8')
  t.regex(site, /password: 'htpasswd'/)
  const texts = ['postern.config.ts', 'uwsgi-migration.md', 'htpasswd'].map((name) =>
    readFileSync(at(name), 'utf8'),
  )
  for (const text of [...texts, done?.err, done?.out, checked?.err, checked?.out])
    t.notRegex(text ?? '', /ge:heim/)

  const route = { matches: '^/in', password: 'htpasswd', respond: { body: 'in' } }
  const served = await serveSite(t, { routes: [route] }, { htpasswd: readFileSync(at('htpasswd')) })
  const ask = (user: string) =>
    served.ask('/in', { headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}` } })
  t.deepEqual([(await ask('anna:ge:heim')).text, (await ask('anna:ge')).status], ['in', 401])
  t.is((await ask('anna:')).status, 401)
})

test('init writes the file of hashes, too', (t) => {
  const folder = tempFolder('init-passwords')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFiles(folder, {
    'uwsgi.ini': '[uwsgi]\nwsgi-file = app.py\nroute = ^/in basicauth:Area,anna:geheim\n',
    'app.py': '',
  })
  const [done] = runLines([['init', '--yes']], folder)
  t.is(done?.code, 0, done?.err)
  t.regex(done?.err ?? '', /wrote htpasswd\n/)
  t.regex(readFileSync(join(folder, 'htpasswd'), 'utf8'), /^anna:\$6\$/)
})
