// Real projects, asked by the system's own Python where Django is installed for it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { interpreters, readDjango } from '../../config/django.ts'
import { djangoApp } from '../../config/schema/apps.ts'
import type { PosternError } from '../../errors.ts'

const python = '/usr/bin/python3'
const hasDjango = spawnSync(python, ['-c', 'import django']).status === 0
const withDjango = hasDjango ? test : test.skip

const manage = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n'

function project(t: ExecutionContext, settings: string, files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'postern-django-'))
  t.teardown(() => rmSync(path, { recursive: true, force: true }))
  const all = { 'manage.py': manage, 'shop/__init__.py': '', 'shop/settings.py': settings, ...files }
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(dirname(join(path, name)), { recursive: true })
    writeFileSync(join(path, name), text)
  }
  return path
}

const app = (extra: object = {}) => djangoApp.parse({ kind: 'django', python, ...extra })

withDjango('reads what the site needs from settings.py', async (t) => {
  const path = project(
    t,
    `from pathlib import Path
SECRET_KEY = 'x'
ALLOWED_HOSTS = ['example.org', '.example.net']
WSGI_APPLICATION = 'shop.wsgi.application'
STATIC_URL = '/assets/'
STATIC_ROOT = Path('/srv/assets')
MEDIA_URL = '/uploads/'
MEDIA_ROOT = '/srv/uploads'
SECURE_PROXY_SSL_HEADER = ('HTTP_X_FORWARDED_PROTO', 'https')
MIDDLEWARE = ['django.middleware.security.SecurityMiddleware', 'django.middleware.clickjacking.XFrameOptionsMiddleware']
`,
  )
  const facts = await readDjango(app(), path)
  t.like(facts, {
    settingsModule: 'shop.settings',
    module: 'shop.wsgi:application',
    staticUrl: '/assets/',
    staticRoot: '/srv/assets',
    mediaUrl: '/uploads/',
    mediaRoot: '/srv/uploads',
    debug: false,
  })
  t.deepEqual(facts.allowedHosts, ['example.org', '.example.net'])
  t.deepEqual(facts.proxySslHeader, ['HTTP_X_FORWARDED_PROTO', 'https'])
  t.true(facts.ownHeaders.includes('x-frame-options'))
})

withDjango('settings that print do not disturb the answer', async (t) => {
  const facts = await readDjango(app(), project(t, 'print("{hello}")\nSECRET_KEY = "x"\n'))
  t.is(facts.module, 'shop.wsgi')
})

withDjango('the environment of the site file reaches the settings', async (t) => {
  const path = project(t, 'import os\nSECRET_KEY = "x"\nSTATIC_URL = os.environ["PREFIX"]\n')
  t.is((await readDjango(app({ env: { PREFIX: '/s/' } }), path)).staticUrl, '/s/')
})

withDjango('settings that fail name the line in the project', async (t) => {
  const path = project(t, 'SECRET_KEY = "x"\nimport not_installed_anywhere\n')
  const error = (await t.throwsAsync(readDjango(app(), path), {
    code: 'CONFIG_DJANGO_FAILED',
  })) as PosternError
  t.regex(error.message, /ModuleNotFoundError.*not_installed_anywhere/)
  t.like(error.place, { file: join(path, 'shop/settings.py'), line: 2 })
})

withDjango('settings that leave the interpreter are a clear error', async (t) => {
  const error = await t.throwsAsync(readDjango(app(), project(t, 'raise SystemExit(3)\n')), {
    code: 'CONFIG_DJANGO_FAILED',
  })
  t.regex(error?.message ?? '', /SystemExit/)
})

withDjango('a project without a settings module says so', async (t) => {
  const path = project(t, '', { 'manage.py': '' })
  const error = await t.throwsAsync(readDjango(app({ env: { DJANGO_SETTINGS_MODULE: '' } }), path), {
    code: 'CONFIG_DJANGO_FAILED',
  })
  t.regex(error?.message ?? '', /nothing names a settings module/)
})

const two = {
  'manage.py': 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.dev")\n',
  'shop/wsgi.py': 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.live")\n',
  'shop/dev.py': 'SECRET_KEY = "x"\nDEBUG = True\n',
  'shop/live.py': 'SECRET_KEY = "x"\n',
  'shop/other.py': 'SECRET_KEY = "x"\n',
}
const settingsOf = async (path: string, extra: object) => {
  const { settingsModule, settingsFromOutside } = await readDjango(app(extra), path)
  return [settingsModule, settingsFromOutside]
}

withDjango(
  'the settings are those the application will run with: named, of the environment, of wsgi.py',
  async (t) => {
    const path = project(t, '', two)
    t.deepEqual(await settingsOf(path, {}), ['shop.live', false])
    t.deepEqual(await settingsOf(path, { module: 'shop.wsgi:application' }), ['shop.live', false])
    t.deepEqual(await settingsOf(path, { env: { DJANGO_SETTINGS_MODULE: 'shop.other' } }), [
      'shop.other',
      true,
    ])
    t.deepEqual(await settingsOf(path, { settings: 'shop.dev' }), ['shop.dev', true])
    const silent = project(t, '', { ...two, 'shop/wsgi.py': '' })
    t.deepEqual(await settingsOf(silent, {}), ['shop.dev', true])
  },
)

test('an interpreter that is not there is a clear error', async (t) => {
  const error = await t.throwsAsync(readDjango(app({ python: 'python-of-nowhere' }), project(t, '')), {
    code: 'CONFIG_PYTHON_MISSING',
  })
  t.regex(error?.message ?? '', /python-of-nowhere/)
})

test('a project folder that is not there is a clear error', async (t) => {
  await t.throwsAsync(readDjango(app(), '/nowhere/at/all'), { code: 'CONFIG_DJANGO_FAILED' })
})

test('the virtualenv in the project comes before the system’s Python', (t) => {
  const path = project(t, '', { '.venv/bin/python': '' })
  t.deepEqual(interpreters({ python: undefined, home: undefined }, path, {}), [
    join(path, '.venv/bin/python'),
    'python3',
    '/usr/bin/python3',
  ])
  t.deepEqual(interpreters({ python: undefined, home: 'other' }, path, {}), [join(path, 'other/bin/python')])
  t.deepEqual(interpreters({ python: 'python3.12', home: undefined }, path, {}), ['python3.12'])
})
