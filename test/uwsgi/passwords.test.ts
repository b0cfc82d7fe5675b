// Passwords that stand in routes of uWSGI: hashed for nginx, and nowhere to be read.
import { spawnSync } from 'node:child_process'
import test from 'ava'
import { crypt, saltOf } from '../../uwsgi/crypt.ts'
import type { World } from '../../uwsgi/entry.ts'
import { passwordFiles, withoutPassword, writeUsers } from '../../uwsgi/passwords.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { writeReport } from '../../uwsgi/report.ts'
import { writeSiteFile } from '../../uwsgi/site-file.ts'
import { translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'

/** Made by crypt(3) of the GNU C library. */
const known: [password: string, hash: string][] = [
  [
    'geheim',
    '$6$abcdefgh$msgktWxVAbjjh3X7lA5LaM7dS/ZfABJL6T4qcRsnjcOTj0kptUvZcrvrXIoO5fgPA9xz6UnF2To2Y7jGc/IZY/',
  ],
  ['', '$6$abc$mJP3a6FyA8uCnzRtlnNypPwjnvpi5TP9qOrInzrfDmwxUQG38PkpCPdqfTb8JQfAngapMxeim4AZ..hSdRRzD.'],
  ['ä€', '$6$./az$n.6O0Dyz8XSVss5n4uv/VjNXJjMkr.PTDrrqUUsPj8SdKi.20eJjj.Wkpxh9m0t3hPLhYdbaLUHSgd5ZfTHYt.'],
  [
    'x'.repeat(200),
    '$6$0123456789abcdef$Rru0YcJdWAfylTzYkMBaHfdgEjT2jeUewuTfATTJEn/Inu1Ma3JNgneCwDVl2NaWmkgDKZzdSV8VisQ10exaF.',
  ],
]
for (const [password, hash] of known)
  test(`sha512-crypt of ${password.length} letters is what crypt(3) makes`, (t) =>
    t.is(crypt(password, hash.split('$')[2] as string), hash))

test('openssl agrees, whatever the salt', (t) => {
  const salt = saltOf(Uint8Array.from({ length: 32 }, (_, index) => index * 37))
  t.regex(salt, /^[./0-9A-Za-z]{16}$/)
  const { stdout, error } = spawnSync('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], {
    input: 'pass word$&',
    encoding: 'utf8',
  })
  if (error) return t.pass('skipped: no openssl')
  t.is(crypt('pass word$&', salt), stdout.trim())
})

function read(lines: string[]) {
  const ini = ['[uwsgi]', 'module = a', 'http = :8000', ...lines].join('\n')
  const world: World = { ...realWorld('/srv', {}), readFile: () => ini }
  return translate(readConfiguration(['--ini', 'uwsgi.ini'], world), '/srv')
}

test('users of several lines meet in one file, the same users of several routes too', (t) => {
  const { draft, problems } = read([
    'route = ^/admin basicauth-next:Area,anna:geheim',
    'route = ^/admin basicauth:Area,bert:secret',
    'route = ^/stats basicauth:Area,carl:third',
    'route = ^/more basicauth:Area,carl:third',
  ])
  t.deepEqual(problems, [])
  const files = passwordFiles(draft.site)
  t.deepEqual(
    files.map(({ name, users }) => [name, users.map((user) => user.name)]),
    [
      ['htpasswd', ['anna', 'bert']],
      ['htpasswd-2', ['carl']],
    ],
  )
  const [first] = files as [(typeof files)[number]]
  const hashes = [crypt('geheim', 'abcdefgh'), crypt('secret', 'abcdefgh')]
  t.is(
    writeUsers(first, () => 'abcdefgh'),
    `anna:${hashes[0]}\nbert:${hashes[1]}\n`,
  )
})

for (const [what, ...lines] of [
  ['a line that refuses everyone else', 'basicauth:A,anna:geheim', 'basicauth:A,bert:geheim'],
  ['a file', 'basicauth:A,/srv/users', 'basicauth:A,bert:geheim'],
  ['a user', 'basicauth-next:A,anna:geheim', 'basicauth:A,/srv/users'],
] as const)
  test(`nobody is let in by a second line after ${what}`, (t) => {
    const { draft, problems } = read(lines.map((line) => `route = ^/in ${line}`))
    t.is(draft.site.routes.length, 1)
    t.false(JSON.stringify(draft.site.routes).includes('bert'))
    t.is(problems.length, 1)
    t.regex(problems[0]?.error.message ?? '', /an earlier line with the same condition says who may come/)
  })

test('the password is in no message, no report and no site file', (t) => {
  const translation = read([
    'route = ^/in basicauth:Area,anna:geheim, a b',
    'route = ^/in basicauth:Area,bert:geheim',
    'route-if = isdir:/x basicauth:Area,carl:geheim',
    'route = basicauth:Area,dora:geheim',
  ])
  t.is(translation.problems.length, 3)
  const disk = { isFile: () => false, list: () => [] }
  const site = writeSiteFile(translation, { folder: '/srv', django: false, source: 'uwsgi.ini', disk })
  t.regex(site, /password: 'htpasswd'/)
  const report = writeReport(translation, 'uwsgi.ini')
  t.regex(report, /basicauth:Area,anna:…/)
  const messages = translation.problems.map(({ error }) => `${error.message} ${error.hint}`).join()
  for (const text of [site, report, messages]) t.notRegex(text, /geheim/)
  t.is(withoutPassword('^/x basicauth:R,/srv/users'), '^/x basicauth:R,/srv/users')
})
