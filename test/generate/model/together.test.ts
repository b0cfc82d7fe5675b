// Applications of one site share a gateway: what must be the same is the same, or the site is refused with the way out.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { DjangoFacts } from '../../../config/django.ts'
import { checkSite } from '../../../config/load.ts'
import type { PosternError } from '../../../errors.ts'
import { gatewayOptionsOf } from '../../../generate/model/app.ts'
import { namesOf } from '../../../generate/model/names.ts'
import { givenTarget } from '../../../generate/target.ts'
import { tempFolder } from '../../helpers/nginx.ts'

async function options(
  t: ExecutionContext,
  site: object,
  django: Record<string, Partial<DjangoFacts>> = {},
  venvs: string[] = [],
) {
  const folder = tempFolder('together')
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  for (const project of venvs) {
    mkdirSync(join(folder, project, '.venv/bin'), { recursive: true })
    writeFileSync(join(folder, project, '.venv/bin/python'), '')
  }
  const config = await checkSite(site, join(folder, 'postern.config.ts'))
  const facts = {
    siteFile: join(folder, 'postern.config.ts'),
    folder,
    out: join(folder, 'out'),
    target: givenTarget('1.26.3'),
    root: false,
    ipv6: true,
    edge: undefined,
    django: django as Record<string, DjangoFacts>,
  }
  return gatewayOptionsOf(config, facts, namesOf(config, facts))
}

const refused = async (
  t: ExecutionContext,
  ...args: [object, Record<string, Partial<DjangoFacts>>?, string[]?]
) => (await t.throwsAsync(options(t, ...args), { code: 'GENERATE_STRANGERS' })) as PosternError

test('Django’s settings reach the gateway when wsgi.py does not name them', async (t) => {
  const site = { app: { kind: 'django' } }
  const facts = { module: 'shop.wsgi:application', settingsModule: 'shop.live' }
  const outside = await options(t, site, { main: { ...facts, settingsFromOutside: true } })
  t.deepEqual(outside?.env, { DJANGO_SETTINGS_MODULE: 'shop.live' })
  const inside = await options(t, site, { main: { ...facts, settingsFromOutside: false } })
  t.deepEqual(inside?.env, {})
})

const two = (shop: object, blog: object) => ({
  apps: {
    shop: { kind: 'wsgi', module: 'shop:app', ...shop },
    blog: { kind: 'wsgi', module: 'blog:app', at: '/blog/', ...blog },
  },
})

test('two virtualenvs cannot be one interpreter: refused with the way that works', async (t) => {
  const error = await refused(t, two({ project: 'shop' }, { project: 'blog' }), {}, ['shop', 'blog'])
  t.regex(error.message, /apps\.blog and apps\.shop cannot share a gateway: interpreter .*blog\/\.venv/)
  t.regex(error.hint ?? '', /at: '\/blog\/'.*protocol: 'fastcgi'/)
  await refused(t, two({ python: '/usr/bin/python3' }, { home: '/srv/venv' }))
})

test('one virtualenv is shared; who names none runs in it; the gateway’s own word counts', async (t) => {
  t.truthy(await options(t, two({}, {}), {}, ['.']))
  t.truthy(await options(t, two({ project: 'shop' }, { project: 'blog' }), {}, ['shop']))
  const decided = { ...two({ project: 'shop' }, { project: 'blog' }), gateway: { home: '/srv/venv' } }
  t.truthy(await options(t, decided, {}, ['shop', 'blog']))
})

test('two Django projects or two values of one variable cannot share a process', async (t) => {
  const projects = { apps: { a: { kind: 'django' }, b: { kind: 'django', at: '/b/' } } }
  const facts = (settingsModule: string) => ({ settingsModule, module: 'x.wsgi', settingsFromOutside: false })
  const error = await refused(t, projects, { a: facts('a.settings'), b: facts('b.settings') })
  t.regex(error.message, /Django settings b\.settings and a\.settings/)
  t.regex(
    (await refused(t, two({ env: { DB: '1' } }, { env: { DB: '2' } }))).message,
    /environment variable DB/,
  )
  t.deepEqual((await options(t, two({ env: { DB: '1', X: 'y' } }, { env: { DB: '1' } })))?.env, {
    DB: '1',
    X: 'y',
  })
})
