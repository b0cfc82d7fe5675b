// What `postern init` finds in a folder, and the site file it writes; each is then read by the loader itself.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { readNginx } from '../../../cli/init/from-nginx.ts'
import { callableIn, lookAt } from '../../../cli/init/look.ts'
import { writeSite } from '../../../cli/init/site-file.ts'
import { loadSite } from '../../../config/load.ts'
import { tempFolder } from '../../helpers/nginx.ts'
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

test('an nginx configuration gives names, addresses, limits, folders, certificate, redirects, and what is left', async (t) => {
  const nginx = readNginx(`
server { listen 80 default_server; server_name _; return 444; }
server {
  listen 80; listen [::]:80; listen 443 ssl http2; server_name example.org "it's.example";
  ssl_certificate /c.pem; ssl_certificate_key /k.pem; client_max_body_size 75M;
  location /static/ { alias /srv/static/; }
  location /media { root /srv; }
  location ~ \\.php$ { deny all; }
  location = /old { return 301 /new; }
  location / { uwsgi_pass unix:/run/app.sock; limit_req zone=one; }
}`)
  t.deepEqual(nginx, {
    serverNames: ['example.org', "it's.example"],
    listen: [80, 443],
    body: '75M',
    certificate: { certificate: '/c.pem', key: '/k.pem' },
    folders: [
      { at: '/static/', root: '/srv/static/', media: false },
      { at: '/media/', root: '/srv/media/', media: true },
    ],
    redirects: { '/old': '/new' },
    app: 'uwsgi_pass unix:/run/app.sock',
    left: ['deny', 'limit_req'],
  })
  const text = writeSite({
    app: undefined,
    nginx: { ...nginx, serverNames: ['example.org'] },
    home: undefined,
  })
  const path = folder(t, { 'postern.config.ts': text })
  const { config } = await loadSite(join(path, 'postern.config.ts'))
  t.is(config.limits.body, '75m')
  t.is(config.tls?.certificate, '/c.pem')
})
