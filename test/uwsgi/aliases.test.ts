// Other names of options: each comes to the same as the one whose effect is seen elsewhere.
import test from 'ava'
import type { World } from '../../uwsgi/entry.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { lostInSite } from '../../uwsgi/site-folders.ts'
import { type Translation, translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'

const read = (...lines: string[]): Translation => {
  const text = `[uwsgi]\nhttp = :1\nmodule = a\n${lines.join('\n')}\n`
  const world: World = { ...realWorld('/srv', {}), readFile: () => text }
  return translate(readConfiguration(['--ini', 'a.ini'], world), '/srv')
}

const same = test.macro({
  exec(t, one: string, other: string) {
    const [a, b] = [read(one), read(other)]
    t.deepEqual(a.options, b.options)
    t.truthy(a.options)
    t.deepEqual(a.draft.site, b.draft.site)
    t.notDeepEqual(a.options, read().options)
  },
  title: (_, one, other) => `'${one}' is '${other}'`,
})

test(same, 'http11-socket = :8', 'http-socket = :8')
test(same, 'python-path = /a', 'pythonpath = /a')
test(same, 'virtualenv = /v', 'home = /v')
test(same, 'venv = /v', 'home = /v')
test(same, 'pyhome = /v', 'home = /v')
test(same, 'immediate-uid = 7', 'uid = 7')
test(same, 'immediate-gid = 7', 'gid = 7')
test(same, 'safe-pidfile = /p', 'pidfile = /p')
test(same, 'safe-pidfile2 = /p', 'pidfile2 = /p')
test(same, 'touch-workers-reload = /t', 'touch-reload = /t')
test(same, 'touch-chain-reload = /t', 'touch-reload = /t')
test(same, 'log-req-encoder = json', 'log-encoder = json')
test(same, 'logformat = x', 'log-format = x')

test('procname-prefix-spaced is procname-prefix and a space', (t) => {
  t.is(read('procname-prefix = x').options?.['procname-prefix'], 'x')
  t.is(read('procname-prefix-spaced = x').options?.['procname-prefix'], 'x ')
})

test('paste and ini-paste name an application by its file; ini-paste reads it as a configuration, too', (t) => {
  t.is(read('paste = config:/a.ini').options?.paste, 'config:/a.ini')
  t.is(read('paste = /a.ini').options?.paste, 'config:/a.ini')
  const files: Record<string, string> = {
    'a.ini': '[uwsgi]\nini-paste = /b.ini\n',
    '/b.ini': '[uwsgi]\nhttp = :1\n',
  }
  const world: World = { ...realWorld('/srv', {}), readFile: (path) => files[path] ?? '' }
  const { options } = translate(readConfiguration(['--ini', 'a.ini'], world), '/srv')
  t.like(options, { paste: 'config:/b.ini', http: [':1'] })
})

test('daemonize2 is daemonize', (t) => {
  const [one, other] = [read('daemonize2 = /l').draft, read('daemonize = /l').draft]
  t.deepEqual(one.process, other.process)
  t.is(one.process.daemonize, '/l')
})

test('http-to-https and https open both ports of the site', (t) => {
  const world: World = {
    ...realWorld('/srv', {}),
    readFile: () => '[uwsgi]\nmodule = a\nhttp-to-https = :80\nhttps = :443,/a.crt,/a.key\n',
  }
  const { draft } = translate(readConfiguration(['--ini', 'a.ini', '--no-strict'], world), '/srv')
  t.deepEqual(draft.site.listen, ['80'])
  t.deepEqual(draft.site.certificate, { address: ':443', certificate: '/a.crt', key: '/a.key' })
})

test('pages of errors are told, compression of files is the build’s', (t) => {
  t.regex(lostInSite(['error-page-404', 'error-page-500'])[0] ?? '', /error pages of its own/)
  t.deepEqual(lostInSite(['static-gzip-all']), [])
  t.is(read('static-gzip-all = true').outcomes.at(-1)?.kind, 'nginx')
})
