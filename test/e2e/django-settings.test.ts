// The settings the build has read are those the application runs with.
import { spawnSync } from 'node:child_process'
import test from 'ava'
import { python } from '../helpers/gateway.ts'
import { nginxOrSkip } from '../helpers/nginx.ts'
import { buildTemp, serveApp } from '../helpers/site.ts'

const hasDjango = spawnSync(python, ['-c', 'import django']).status === 0

const settings = (name: string, host: string) => `
SECRET_KEY = 'x'
ROOT_URLCONF = 'shop.urls'
ALLOWED_HOSTS = ['${host}']
NAME = '${name}'
`
const script = `import os
os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.dev')
`
const files = {
  'manage.py': script,
  'shop/__init__.py': '',
  'shop/wsgi.py': `${script}from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n`,
  'shop/urls.py': `from django.conf import settings
from django.http import HttpResponse
from django.urls import re_path
urlpatterns = [re_path('', lambda request: HttpResponse(settings.NAME))]
`,
  'shop/dev.py': settings('dev', 'dev.example'),
  'shop/live.py': settings('live', 'live.example'),
}

test('settings named in the site file are the build’s and the application’s', async (t) => {
  if (!nginxOrSkip(t)) return
  if (!hasDjango) return t.pass('Django is not installed')
  for (const [name, more] of [
    ['live', { settings: 'shop.live' }],
    ['live', { env: { DJANGO_SETTINGS_MODULE: 'shop.live' } }],
    ['dev', {}],
  ] as const) {
    const { ask } = await serveApp(t, { name, app: { kind: 'django', project: '.', python, ...more } }, files)
    const reply = await ask('/', { headers: { host: `${name}.example` } })
    t.deepEqual([reply.status, reply.text], [200, name])
    const other = name === 'live' ? 'dev' : 'live'
    await t.throwsAsync(
      ask('/', { headers: { host: `${other}.example` } }),
      undefined,
      'nginx has the same names',
    )
  }
})

test('the build says when Django would answer nobody, and what its static files need', async (t) => {
  if (!hasDjango) return t.pass('Django is not installed')
  const app = { kind: 'django', project: '.', python }
  const notes = async (lines: string, more = {}) => {
    const { built } = await buildTemp(
      t,
      { app, ...more },
      { ...files, 'shop/dev.py': `${settings('dev', 'x')}\n${lines}` },
    )
    return built.notes.join('\n')
  }
  const closed = await notes('ALLOWED_HOSTS = []')
  t.regex(closed, /ALLOWED_HOSTS is empty in Django’s settings and DEBUG is off: everybody is answered 400/)
  t.regex(
    closed,
    /no static files are served: STATIC_ROOT = BASE_DIR \/ 'static', then manage.py collectstatic/,
  )
  t.notRegex(await notes(''), /ALLOWED_HOSTS/)
  t.notRegex(await notes('ALLOWED_HOSTS = []\nDEBUG = True'), /ALLOWED_HOSTS/)
  const redirects = 'SECURE_SSL_REDIRECT = True'
  t.regex(await notes(redirects), /SECURE_SSL_REDIRECT is on .* every page redirects to https/)
  t.notRegex(await notes(redirects, { realIp: { from: ['10.0.0.0/8'], proto: true } }), /SSL_REDIRECT/)
})
