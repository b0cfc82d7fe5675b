import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { type Ran, runLines } from '../helpers/cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-check-'))
test.after.always(() => rmSync(folder, { recursive: true }))

const fine = '[uwsgi]\nhttp = :8000\nwsgi-file = app.py\nmaster = 1\n'
const files = {
  'app.py': '',
  'fine.ini': fine,
  'typo.ini': '[uwsgi]\nmodule = a\nhttp = :1\n  vaccum = 1\n',
  'gone.ini': '[uwsgi]\nwsgi-file = gone.py\nhttp = :1\nchdir = .\nhome = venv\n',
  'warned.ini': `${fine}cpu-affinity = 1\nlog-syslog = 1\n`,
  'routed.ini': `${fine}route = ^/old$ redirect:/new\n`,
  'mistakes.ini': '[uwsgi]\nsocket = 80\nvaccum = 1\nspooler = x\n',
  'cut.ini': '[uwsgi]\nmodule = a\nhttp = :1\nproces = 4\nmaster true\nuid = no-such-user\n',
  'users.ini': '[uwsgi]\nmodule = a\nhttp = :1\nuid = no-such-user\ngid = 0\nlisten = 100000\n',
  'values.ini':
    '[uwsgi]\nmodule = a\nhttp = :1\nmount = app\ncron = 1 2 3 date\ncron2 = minute=99 date\ncron2 = hour=3 date\nmount = /a=b\n',
  'unset.ini': '[uwsgi]\nmodule = %(nope).wsgi\nhttp = :1\nlog-format = %(method) %(own)\n',
  'places.ini':
    '[uwsgi]\nmodule = a\nhttp = :1\nlogto = gone/a.log\npidfile = /run/gone/a.pid\nsocket = app.py/x.sock\nstats = /etc/x.sock\nspooler = x\n',
  'apps-enabled/shop.ini': '[uwsgi]\nmodule = a\n',
  'shown.ini': '[uwsgi]\nbase = /srv\nchdir = %(base)/app\n',
}

const lines = {
  fine: ['check', 'fine.ini'],
  typo: ['check', 'typo.ini'],
  gone: ['check', 'gone.ini'],
  warned: ['check', 'warned.ini'],
  strict: ['check', 'warned.ini', '--strict'],
  routed: ['check', 'routed.ini'],
  json: ['check', 'fine.ini', '--json', '--lines'],
  more: ['check', 'shown.ini', '--json', '--', '--http', ':9', '-w', 'x'],
  values: ['check', 'values.ini'],
  unset: ['check', 'unset.ini'],
  cut: ['check', 'cut.ini'],
  users: ['check', 'users.ini'],
  places: ['check', 'places.ini'],
  debian: ['check', './apps-enabled/shop.ini'],
  whole: ['check', '--ini', 'fine.ini', '--threads', '70000', '--json'],
  apart: ['check', 'fine.ini', '--chmod-socket', '660'],
  letter: ['check', 'fine.ini', '-C', '660'],
  stray: ['check', 'fine.ini', '--master', '660'],
  help: ['check', '--help'],
  migrate: ['migrate', 'fine.ini'],
  again: ['migrate', 'fine.ini'],
  mistakes: ['mistakes.ini'],
  nowhere: ['-w', 'x'],
  nothing: ['--http', ':0'],
  get: ['shown.ini', '--get', 'chdir'],
  show: ['--show-config', '--ini', 'shown.ini', '--exit'],
}
let ran: Record<keyof typeof lines, Ran>

test.before(() => {
  mkdirSync(join(folder, 'apps-enabled'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const results = runLines(Object.values(lines), folder)
  ran = Object.fromEntries(Object.keys(lines).map((name, index) => [name, results[index]])) as typeof ran
})

test('check exits 0 for a file it has nothing to say against', (t) => {
  t.deepEqual(ran.fine, { code: 0, out: 'fine.ini: nothing to say against it\n', err: '' })
})

test('a value behind an option that takes it only attached is told how to write it', (t) => {
  t.regex(ran.apart.err, /'660' is neither .*\n.*uWSGI takes it only attached: --chmod-socket=660\n/)
  t.regex(ran.letter.err, /only attached: -C660\n/)
  t.regex(ran.stray.err, /uwsgi\.ini, app\.py or package\.module:callable are understood/)
})

test('the help of check names every form of a configuration', (t) => {
  for (const form of ['uwsgi.ini', 'uwsgi.xml', 'YAML', 'JSON']) t.true(ran.help.out.includes(form), form)
})

test('check exits 2 with the place of a typo', (t) => {
  const { code, err } = ran.typo
  t.is(code, 2)
  t.regex(err, /^postern: typo\.ini:4:3: there is no option 'vaccum'\n {2}hint: did you mean 'vacuum'\?/)
})

test('check sees files that are not there', (t) => {
  const { code, err } = ran.gone
  t.is(code, 2)
  t.regex(err, /gone\.ini:2:1: wsgi-file: there is no file gone\.py/)
  t.regex(err, /gone\.ini:5:1: home: .*is no virtualenv/)
})

test('check --strict exits 1 for a warning', (t) => {
  t.is(ran.warned.code, 0)
  t.regex(ran.warned.err, /warning: warned\.ini:6:1: log-syslog/)
  t.is(ran.strict.code, 1)
})

test('what only nginx can do is said', (t) => {
  t.regex(ran.routed.err, /warning: routed\.ini:5:1: route is nginx’s/)
})

test('check --json carries problems, options and lines', (t) => {
  const { code, out } = ran.json
  t.is(code, 0)
  const found = JSON.parse(out)
  t.deepEqual(found.files, ['fine.ini'])
  t.deepEqual(found.problems, [])
  t.deepEqual(found.options.http, [':8000'])
  t.is(found.lines.find(({ key }: { key: string }) => key === 'master').fate, 'always on')
})

test('check takes more options after --', (t) => {
  const { options } = JSON.parse(ran.more.out)
  t.deepEqual(options.http, [':9'])
  t.is(options.module, 'x')
})

test('migrate writes a site file and a report, and replaces neither', (t) => {
  t.is(ran.migrate.code, 0, ran.migrate.err)
  t.regex(readFileSync(join(folder, 'postern.config.ts'), 'utf8'), /wsgi\({ file: 'app\.py' }\)/)
  t.true(existsSync(join(folder, 'uwsgi-migration.md')))
  t.is(ran.again.code, 2)
  t.regex(ran.again.err, /MIGRATE_EXISTS/)
})

test('a configuration with mistakes exits 2 and names all of them', (t) => {
  const { code, err } = ran.mistakes
  t.is(code, 2)
  t.regex(err, /mistakes\.ini:2:1: socket = 80/)
  t.regex(err, /mistakes\.ini:3:1: there is no option 'vaccum'/)
  t.regex(err, /mistakes\.ini:4:1: spooler/)
})

test('nothing to listen on and nothing to serve are said, with what to add', (t) => {
  t.is(ran.nowhere.code, 2)
  t.regex(ran.nowhere.err, /hint:.*--http/)
  t.is(ran.nothing.code, 2)
  t.regex(ran.nothing.err, /hint:.*--wsgi-file/)
})

test('--get prints a value, --show-config everything', (t) => {
  t.deepEqual(ran.get, { code: 0, out: '/srv/app\n', err: '' })
  t.is(ran.show.code, 0)
  t.regex(
    ran.show.out,
    /^\[uwsgi\]\nshow-config = true\nini = shown\.ini\nbase = \/srv\nchdir = \/srv\/app\n/,
  )
})

test('check names the option that a shortened name begins, and a line without =', (t) => {
  const { code, err } = ran.cut
  t.is(code, 2)
  t.regex(err, /cut\.ini:4:1: there is no option 'proces'\n {2}hint: did you mean 'processes'/)
  t.regex(err, /cut\.ini:5:1: there is no option 'master true'\n {2}hint: .*write master = true/)
})

test('check warns of users that are not there and caps listen as the kernel does', (t) => {
  const { code, err } = ran.users
  t.is(code, 0)
  t.regex(err, /users\.ini:4:1: uid = no-such-user: not in \/etc\/passwd/)
  t.notRegex(err, /gid/)
  t.regex(err, /users\.ini:6:1: listen = 100000: /)
})

test('check takes the options of the command line as they are', (t) => {
  t.is(ran.whole.code, 2)
  t.regex(ran.whole.out, /threads = 70000: expected at most 1024/)
})

test('check reads mounts and cron lines before the gateway does', (t) => {
  const { err } = ran.values
  t.deepEqual(
    [...err.matchAll(/^postern: values\.ini:(\d+):/gm)].map(([, line]) => line),
    ['4', '5', '6'],
  )
})

test('check warns of a placeholder that nothing sets, and leaves log formats alone', (t) => {
  const { code, err } = ran.unset
  t.is(code, 0)
  t.regex(err, /unset\.ini:2:1: module = .*: %\(nope\) is not set/)
  t.notRegex(err, /unset\.ini:4/)
})

test('check looks at the folders of logs, sockets and pid files, also beside other mistakes', (t) => {
  const { code, err } = ran.places
  t.is(code, 2)
  t.regex(err, /places\.ini:4:1: logto = .*: there is no directory .*gone/)
  t.regex(err, /warning.*places\.ini:5:1: pidfile = .*\n.*RuntimeDirectory/)
  t.regex(err, /places\.ini:6:1: socket = .*: .*app\.py is no directory/)
  t.regex(err, /spooler/)
  t.notRegex(err, /stats/)
})

test('check knows the socket that Debian’s service adds', (t) => {
  t.regex(ran.debian.err, /nothing is listened on\n.*socket = \/run\/uwsgi\/app\/shop\/socket/)
})
