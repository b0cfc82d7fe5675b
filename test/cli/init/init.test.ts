// What `postern init` finds in a folder, and the site file it writes; each is then read by the loader itself.
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readNginx } from '../../../cli/init/from-nginx.ts'
import { lookAt } from '../../../cli/init/look.ts'
import { readServerLine } from '../../../cli/init/server-line.ts'
import { writeSite } from '../../../cli/init/site-file.ts'
import { callableIn } from '../../../cli/init/wsgi.ts'
import { loadSite } from '../../../config/load.ts'
import { runLines } from '../../helpers/cli.ts'
import { nginxOrSkip, tempFolder } from '../../helpers/nginx.ts'
import { writeFiles } from '../../helpers/site.ts'

function folder(t: ExecutionContext, files: Record<string, string>): string {
  const path = tempFolder('init')
  writeFiles(path, files)
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const sources: [string, string, string | undefined][] = [
  ['a Flask application', 'from flask import Flask\napp = Flask(__name__)\n', 'app'],
  ['a Flask application of another name', 'import flask\nshop: flask.Flask = flask.Flask("x")\n', 'shop'],
  ['an application factory', 'def create_app(config=None):\n    return None\n', 'create_app()'],
  ['a factory that needs arguments is none', 'def create_app(config):\n    return None\n', undefined],
  ['a function of WSGI', 'def hello(environ, start_response):\n    pass\n', 'hello'],
  ['Django’s wsgi.py', 'application = get_wsgi_application()\n', 'application'],
  ['a local variable is none', 'def f():\n    app = Flask(__name__)\n', undefined],
]
for (const [what, source, name] of sources) {
  test(`finds ${what}`, (t) => t.is(callableIn(source)?.name, name))
}

const projects: [string, Record<string, string>, object][] = [
  [
    'Django',
    {
      'manage.py': 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")',
      'app.py': 'app = Flask(__name__)',
    },
    { kind: 'django' },
  ],
  [
    'Flask in a package',
    { 'shop/__init__.py': 'app = Flask(__name__)' },
    { kind: 'wsgi', module: 'shop:app' },
  ],
  [
    'plain WSGI',
    { 'test.py': 'def application(env, start_response):\n  pass' },
    { kind: 'wsgi', module: 'test:application' },
  ],
  [
    'wsgi.py before app.py',
    { 'app.py': 'app = Flask(__name__)', 'wsgi.py': 'application = 1' },
    { kind: 'wsgi', module: 'wsgi:application' },
  ],
  ['a built front end', { 'dist/index.html': '' }, { kind: 'static', root: 'dist' }],
]
for (const [what, files, found] of projects) {
  test(`a project of ${what} is seen, and its site file can be read`, async (t) => {
    const path = folder(t, files)
    const look = lookAt(path)
    t.like(look.app, found)
    writeFiles(path, { 'postern.config.ts': writeSite({ app: look.app, nginx: undefined, home: look.home }) })
    await t.notThrowsAsync(loadSite(join(path, 'postern.config.ts')))
  })
}

test('uWSGI’s and nginx’s configurations are found, also in deploy/', (t) => {
  const look = lookAt(
    folder(t, {
      'deploy/uwsgi.ini': '[uwsgi]\nmodule = a',
      'nginx.conf': 'server {\n}',
      'setup.ini': '[other]\n',
    }),
  )
  t.is(look.uwsgi, 'deploy/uwsgi.ini')
  t.deepEqual(look.nginx, ['nginx.conf'])
})

test('an nginx configuration gives names, addresses, limits, folders, certificate, other servers, and what is left', async (t) => {
  const nginx = readNginx(`
server { listen 80 default_server; server_name _; return 444; }
upstream live { server 127.0.0.1:9001; server 127.0.0.1:9002; }
server { listen 8080; server_name example.org "it's.example"; return 301 https://$host$request_uri; }
server { listen 80; server_name www.example.org; return 301 https://example.org$request_uri; }
server {
  listen [::]:443 ssl http2; listen 443 ssl http2; server_name example.org "it's.example";
  ssl_certificate /etc/letsencrypt/live/example.org/fullchain.pem;
  ssl_certificate_key /etc/letsencrypt/live/example.org/privkey.pem;
  include /etc/letsencrypt/options-ssl-nginx.conf;
  client_max_body_size 75M;
  add_header X-Frame-Options DENY;
  location /static/ { alias /srv/static/; }
  location /media { root /srv; internal; }
  location ~ \\.php$ { deny all; }
  location = /old { return 301 /new; }
  location /ws/ { proxy_pass http://live; proxy_set_header Upgrade $http_upgrade; }
  location /pay/ { proxy_pass https://pay.example.com; proxy_ssl_server_name on; }
  location /cdn/ { proxy_pass https://cdn.example.com:8443; proxy_set_header Host $host; proxy_ssl_verify on; proxy_ssl_trusted_certificate /etc/cdn.pem; }
  location /mtls/ { proxy_pass https://mtls.example.com; proxy_ssl_certificate /etc/our.pem; }
  location /number/ { proxy_pass https://192.0.2.1; }
  location /api { rewrite ^ /v1$uri; proxy_pass http://127.0.0.1:7000/v1/; }
  location / { uwsgi_pass unix:/run/app.sock; limit_req zone=one; uwsgi_read_timeout 120; }
}`)
  t.deepEqual(nginx, {
    site: {
      listen: [8080],
      serverNames: ['example.org'],
      aliases: ['www.example.org'],
      tls: { acme: 'example.org', hsts: false },
      static: [{ at: '/static/', root: '/srv/static/' }],
      media: [{ at: '/media/', root: '/srv/media/', access: 'internal' }],
      redirects: { '/old': '/new' },
      upstreams: {
        ws: { servers: ['127.0.0.1:9001', '127.0.0.1:9002'] },
        pay: { servers: ['pay.example.com:443'], host: 'pay.example.com', tls: true },
        cdn: { servers: ['cdn.example.com:8443'], tls: { name: 'cdn.example.com', ca: '/etc/cdn.pem' } },
      },
      routes: [
        { path: '/ws/', upstream: 'ws', websocket: true },
        { path: '/pay/', upstream: 'pay' },
        { path: '/cdn/', upstream: 'cdn' },
      ],
      headers: { 'X-Frame-Options': 'DENY' },
      limits: { body: '75m' },
      timeouts: { app: '120s' },
    },
    app: 'uwsgi_pass unix:/run/app.sock',
    left: [
      { line: 15, text: 'location ~ \\.php$' },
      { line: 20, text: 'proxy_pass https://mtls.example.com' },
      { line: 20, text: 'proxy_ssl_certificate /etc/our.pem' },
      { line: 21, text: 'proxy_pass https://192.0.2.1' },
      { line: 22, text: 'rewrite ^ /v1$uri' },
      { line: 22, text: 'proxy_pass http://127.0.0.1:7000/v1/' },
      { line: 23, text: 'limit_req zone=one' },
    ],
  })
  const text = writeSite({ app: undefined, nginx, home: undefined })
  t.regex(text, /^\/\/ {3}line 23: limit_req zone=one$/m)
  const path = folder(t, { 'postern.config.ts': text })
  const { config } = await loadSite(join(path, 'postern.config.ts'))
  t.is(config.limits.body, '75m')
  t.is(config.tls?.acme, 'example.org')
})

test('proxies in front, a password, allowed addresses; what stands beside the application is left to the reader', async (t) => {
  const nginx = readNginx(`server {
  server_name a.example; client_max_body_size 0; root /srv/public;
  set_real_ip_from 10.0.0.0/8; set_real_ip_from 2001:db8::/32; real_ip_header X-Real-IP; real_ip_recursive on;
  auth_basic "x"; auth_basic_user_file /etc/nginx/.htpasswd;
  allow 192.0.2.0/24; allow ::1; deny all;
  location / { try_files $uri @app; }
  location @app { proxy_pass http://unix:/run/app.sock; }
  location /api { proxy_pass http://unix:/run/app.sock; proxy_read_timeout 5m; }
}`)
  t.deepEqual(nginx, {
    site: {
      serverNames: ['a.example'],
      realIp: { from: ['10.0.0.0/8', '2001:db8::/32'], header: 'X-Real-IP' },
      all: { password: '/etc/nginx/.htpasswd', allow: ['192.0.2.0/24', '::1'] },
    },
    app: 'proxy_pass http://unix:/run/app.sock',
    left: [
      { line: 2, text: 'client_max_body_size 0' },
      { line: 6, text: 'try_files $uri @app' },
    ],
  })
  const path = folder(t, { 'postern.config.ts': writeSite({ app: undefined, nginx, home: undefined }) })
  await t.notThrowsAsync(loadSite(join(path, 'postern.config.ts')))
})

const manage = (settings: string): string => `os.environ.setdefault("DJANGO_SETTINGS_MODULE", "${settings}")`

test('the settings of wsgi.py win over those of manage.py, and others are named', (t) => {
  const look = lookAt(
    folder(t, {
      'src/manage.py': manage('config.settings.local'),
      'src/config/wsgi.py': 'os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.server"',
      'src/config/asgi.py': 'application = ProtocolTypeRouter({})',
      'src/config/settings/production.py': '',
      'other/manage.py': manage('x.settings'),
    }),
  )
  t.like(look.app, { kind: 'django', project: 'src', settings: 'config.settings.server' })
  t.is(look.notes.length, 3)
  t.regex(look.notes.join(' '), /config\.settings\.production are there too.*WebSockets.*other\/: not taken/)
})

test('variables of .env are handed to settings that ask for them and do not read it', async (t) => {
  const files = {
    'manage.py': manage('shop.settings'),
    'shop/settings.py': 'import os\nSECRET_KEY = os.environ["SECRET_KEY"]\n',
    '.env': 'SECRET_KEY="it is # secret"\n',
  }
  const path = folder(t, files)
  const look = lookAt(path)
  t.is(look.env, '.env')
  writeFiles(path, { 'postern.config.ts': writeSite({ ...look, nginx: undefined }) })
  const { config } = await loadSite(join(path, 'postern.config.ts'))
  t.deepEqual(config.app?.env, { SECRET_KEY: 'it is # secret' })
  const reads = folder(t, { ...files, 'shop/settings.py': 'import environ\nenv = environ.Env()\n' })
  t.is(lookAt(reads).env, undefined)
})

test('a Flask application in src/, with its static files and the line that starts it', (t) => {
  const look = lookAt(
    folder(t, {
      Procfile: "web: gunicorn -w 3 --threads=2 --timeout 40 --chdir src 'shop:create_app()'\n",
      'src/shop/__init__.py': 'def create_app():\n    app = Flask(__name__)\n    return app\n',
      'src/shop/static/a.css': '',
    }),
  )
  t.like(look.app, { kind: 'wsgi', project: 'src', module: 'shop:create_app()' })
  t.like(look.server, { processes: 3, threads: 2, timeout: 40 })
  t.regex(writeSite({ ...look, nginx: undefined }), /gateway: { processes: 3, threads: 2, harakiri: 40 }/)
  const plain = lookAt(folder(t, { 'app.py': 'app = Flask(__name__)', 'static/a.css': '' }))
  t.like(plain.app, { static: { at: '/static/', root: 'static' } })
})

test('an application deeper in a monorepo, and nobody’s tests', (t) => {
  const look = lookAt(
    folder(t, {
      'tests/app.py': 'app = Flask(__name__)',
      'services/api/shop/__init__.py': 'application = falcon.App()',
      'services/api/shop/inner/app.py': 'app = 1',
    }),
  )
  t.like(look.app, { project: 'services/api', module: 'shop:application' })
})

test('a Dockerfile’s list and gunicorn.conf.py are read too', (t) => {
  const docker = folder(t, {
    Dockerfile: 'CMD ["gunicorn", "-b", "0.0.0.0:80", "-w", "4", "shop.wsgi:app"]\n',
  })
  t.like(readServerLine(docker, ['Dockerfile']), {
    module: 'shop.wsgi:app',
    processes: 4,
    threads: undefined,
  })
  const own = folder(t, { 'gunicorn.conf.py': 'wsgi_app = "shop:app"\nworkers = 5\ntimeout = 0\n' })
  t.like(readServerLine(own, []), { module: 'shop:app', processes: 5, timeout: undefined })
})

test('uwsgi.ini and nginx.conf together make one site file', async (t) => {
  const path = folder(t, {
    'uwsgi.ini': '[uwsgi]\nmodule = app:app\nprocesses = 4\n',
    'nginx.conf':
      'server { listen 80; server_name a.example; location / { uwsgi_pass unix:/s; auth_basic x; } }',
  })
  const [ran] = runLines([['init', '--yes', path]])
  t.is(ran?.code, 0, ran?.err)
  const { config } = await loadSite(join(path, 'postern.config.ts'))
  t.deepEqual(config.serverNames, ['a.example'])
  t.is(config.gateway.processes, 4)
  t.regex(readFileSync(join(path, 'postern.config.ts'), 'utf8'), /line 1: auth_basic x/)
})

test('names with quotes and line ends stay text', async (t) => {
  const nginx = readNginx(`server { server_name a.example; add_header X-A "it's \\"so\\""; foo "a\nb'*/"; }`)
  const path = folder(t, { 'postern.config.ts': writeSite({ app: undefined, nginx, home: undefined }) })
  const { config } = await loadSite(join(path, 'postern.config.ts'))
  t.deepEqual(config.headers, { 'X-A': `it's "so"` })
})

const old = `upstream django { server unix:/run/shop.sock; }
server { listen 80; server_name shop.example www.shop.example; return 301 https://$host$request_uri; }
server {
  listen 8099; server_name shop.example; client_max_body_size 20m; charset utf-8;
  location /static/ { alias %FOLDER%/static/; }
  location /media/ { alias %FOLDER%/media/; }
  location /ws/ { proxy_pass http://127.0.0.1:9000; proxy_set_header Upgrade $http_upgrade; }
  location / { uwsgi_pass django; include uwsgi_params; uwsgi_read_timeout 60s; }
}`
const settings = `SECRET_KEY = 'x'
ALLOWED_HOSTS = ['shop.example']
ROOT_URLCONF = 'shop.urls'
WSGI_APPLICATION = 'shop.wsgi.application'
STATIC_URL = '/static/'
`
const builds: [string, Record<string, string>][] = [
  [
    'a Django project in src/ with split settings and an nginx.conf',
    {
      'deploy/nginx.conf': old,
      'src/manage.py': manage('shop.settings.dev'),
      'src/shop/__init__.py': '',
      'src/shop/settings/__init__.py': '',
      'src/shop/settings/dev.py': `${settings}DEBUG = True\n`,
      'src/shop/settings/live.py': settings,
      'src/shop/wsgi.py': manage('shop.settings.live'),
      'src/static/a.css': 'a { color: red }',
    },
  ],
  [
    'a Flask factory with uwsgi.ini and an nginx.conf',
    {
      'nginx.conf': old,
      'uwsgi.ini': '[uwsgi]\nmodule = app:create_app()\nprocesses = 2\nmaster = true\nvacuum = true\n',
      'app.py': 'def create_app():\n    return None\n',
    },
  ],
  ['a static site', { 'dist/index.html': '<h1>x</h1>', 'dist/a.js': 'let a = 1' }],
]
for (const [what, files] of builds) {
  test(`${what}: what init writes builds, and the linter is content`, (t) => {
    if (!nginxOrSkip(t)) return
    const path = folder(t, {})
    writeFiles(
      path,
      Object.fromEntries(
        Object.entries(files).map(([name, text]) => [name, text.replaceAll('%FOLDER%', path)]),
      ),
    )
    const config = join(path, 'postern.config.ts')
    const [init, build] = runLines([
      ['init', '--yes', path],
      ['build', '--config', config],
    ])
    t.is(init?.code, 0, init?.err)
    t.is(build?.code, 0, `${build?.err}\n${readFileSync(config, 'utf8')}`)
    t.notRegex(`${build?.out}${build?.err}`, /nginx\.conf:\d+/, 'findings of the linter name a line')
  })
}
