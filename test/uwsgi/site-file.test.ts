import test from 'ava'
import { defineSite, django, wsgi } from '../../config/define.ts'
import { site as siteSchema } from '../../config/schema/site.ts'
import type { World } from '../../uwsgi/entry.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { writeReport } from '../../uwsgi/report.ts'
import { writeSiteFile } from '../../uwsgi/site-file.ts'
import { lostInSite, siteFolders } from '../../uwsgi/site-folders.ts'
import { translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'

const read = (lines: string[]) => {
  const world: World = { ...realWorld('/srv', {}), readFile: () => `[uwsgi]\n${lines.join('\n')}\n` }
  return translate(readConfiguration(['--ini', 'uwsgi.ini', '--no-strict'], world), '/srv')
}

const site = (lines: string[], django = false): string =>
  writeSiteFile(read(lines), { folder: '/srv', django, source: 'uwsgi.ini', disk })
    .split('\n')
    .slice(3)
    .join('\n')

test('a Django project becomes one line', (t) => {
  t.is(
    site(['module = mysite.wsgi', 'chdir = /srv', 'socket = a.sock', 'master = true'], true),
    `export default defineSite({\n  app: django({ module: 'mysite.wsgi' }),\n})\n`,
  )
})

test('the import names what is called', (t) => {
  const text = writeSiteFile(read(['mount = /=a.py', 'mount = /b=b:app']), {
    folder: '/srv',
    django: false,
    source: 'uwsgi.ini',
    disk,
  })
  t.regex(text, /^\/\/ Made by `postern migrate` from uwsgi\.ini/)
  t.regex(text, /import { defineSite, wsgi } from 'postern'/)
})

test('mounts become applications with names and paths', (t) => {
  t.is(
    site(['mount = /shop=shop:create()', 'mount = /shop/v2=/srv/v2/app.wsgi', 'callable = app']),
    `export default defineSite({
  apps: {
    shop: wsgi({ at: '/shop/', module: 'shop:create()', callable: 'app' }),
    'shop-v2': wsgi({ at: '/shop/v2/', file: '/srv/v2/app.wsgi', callable: 'app' }),
  },
})
`,
  )
})

test('what nginx does leaves the gateway’s options', (t) => {
  t.is(
    site([
      'http = :8080',
      'wsgi-file = app.py',
      'chdir = /srv/code',
      'virtualenv = /srv/venv',
      'env = A=it\'s "x"',
      'processes = 3',
      'static-map = /static=/srv/static',
      'static-map2 = /media=/srv/files',
      'route = ^/old$ redirect:/new',
      'route = ^/a/(\\d+) redirect-permanent:https://b.org/$1',
      'add-header = X-A: b',
      'limit-post = 1048576',
      'https = :8443,/srv/tls/a.crt,/srv/tls/a.key',
    ]),
    `export default defineSite({
  listen: ['8080'],
  app: wsgi({ project: 'code', home: 'venv', env: { A: 'it\\'s "x"' }, file: 'app.py' }),
  gateway: { processes: 3 },
  static: [
    { at: '/static/', root: 'static' },
    { at: '/media/', root: 'files/media' },
  ],
  headers: { 'X-A': 'b' },
  routes: [
    { path: '/old', redirect: '/new', status: 302 },
    { matches: '^/a/(\\\\d+)', redirect: 'https://b.org/{1}', status: 301 },
  ],
  limits: { body: 1048576 },
  tls: { certificate: 'tls/a.crt', key: 'tls/a.key', listen: ['8443'] },
})
`,
  )
})

test('what is written is a valid site', (t) => {
  const text = writeSiteFile(
    read([
      'http = :8080',
      'mount = /=a.py',
      'mount = /b=b:app',
      'chdir = /srv/x',
      'processes = 3',
      'harakiri = 30',
      'log-skip = /healthz',
      'exec-pre-app = true',
      'static-map = /static=/srv/static',
      'route = ^/old$ redirect:/new',
      'route = ^/a/(\\d+) redirect-permanent:https://b.org/$1',
      `route-if = equal:\${HTTP_X_FORWARDED_PROTO};http redirect-permanent:https://\${HTTP_HOST}\${REQUEST_URI}`,
      'route = ^/v1/(.*)$ rewrite:/api/$1',
      'route-host = ^old\\.org$ return:410',
      'route-user-agent = BadBot break:403',
      'add-header = X-A: b',
      'limit-post = 1048576',
      'https = :8443,/srv/tls/a.crt,/srv/tls/a.key',
    ]),
    { folder: '/srv', django: true, source: 'uwsgi.ini', disk },
  )
  const body = text.replace(/^import .*$/m, '').replace('export default', 'return')
  const made = new Function('defineSite', 'django', 'wsgi', body)(defineSite, django, wsgi)
  const { success, error } = siteSchema.safeParse(made)
  t.true(success, error?.message)
})

const disk = { isFile: () => false, list: () => [] }

test('the report has every line once, under its fate', (t) => {
  const lines = [
    'module = a',
    'socket = :9000',
    'base = x',
    'chdir = /srv/%(base)',
    'vaccum = 1',
    'master = 1',
    'thunder-lock = 1',
    'spooler = s',
    'static-map = /s=/srv/s|t',
  ]
  const report = writeReport(read(lines), 'uwsgi.ini')
  for (const [index, line] of lines.entries()) {
    const shown = `| uwsgi.ini:${index + 2} | \`${line.replace('|', '\\|')}\` |`
    t.is(report.split(shown).length, 2, line)
  }
  const under = (title: string) => report.split(`## ${title}\n`)[1]?.split('\n## ')[0] ?? ''
  t.regex(under('Ignored by uWSGI until now'), /vaccum/)
  t.regex(under('Not supported'), /spooler.*Celery/)
  t.regex(under('Always on'), /master/)
  t.regex(under('Without effect'), /thunder-lock/)
  t.regex(under('nginx does it now'), /static-map/)
  t.regex(under('Kept'), /module/)
  t.regex(under('Kept'), /socket = :9000.*gateway\.sock/)
  t.regex(under('Reading of the configuration'), /base/)
})

const lists = { '/srv/web': ['img/', 'robots.txt', '.git/', 'secret.key'], '/srv/many': Array(201).fill('x') }
const folders = (lines: string[]) =>
  siteFolders(read(lines).draft, {
    isFile: (path) => /\.(ico|css)$/.test(path),
    list: (path) => lists[path as keyof typeof lists] ?? [],
  })

test('a single file becomes a route to its folder', (t) => {
  const {
    folders: none,
    routes,
    notes,
  } = folders([
    'static-map = /favicon.ico=/srv/files/favicon.ico',
    'static-map = /css/a.css=/srv/x/css/a.css',
    'static-map = /b.css=/srv/x/c.css',
  ])
  t.deepEqual(none, [])
  t.deepEqual(routes, [
    { path: '/favicon.ico', folder: '/srv/files' },
    { path: '/css/a.css', folder: '/srv/x' },
  ])
  t.is(notes.length, 1)
  t.regex(notes[0] as string, /\/b\.css = \/srv\/x\/c\.css: a single file under another name/)
})

test('files at the root of the site are named one by one', (t) => {
  const made = folders(['static-map = /=/srv/web', 'check-static = /srv/web', 'static-map = /img=/srv/other'])
  t.deepEqual(made.folders, [{ at: '/img/', root: '/srv/other' }])
  t.deepEqual(made.routes, [{ path: '/robots.txt', folder: '/srv/web' }])
  t.regex(made.notes.join(), /names what lies there now \(img\/, robots\.txt\)/)
  t.is(folders(['check-static = /srv/many']).routes.length, 0)
})

test('what the site has no word for is told', (t) => {
  t.deepEqual(lostInSite(['module', 'processes']), [])
  const [text] = lostInSite(['static-expires', 'static-expires-uri'])
  t.regex(text as string, /^static-expires, static-expires-uri: the site keeps names with a hash for a year/)
})
