// Which option a line means: unknown, misspelt, unsupported and left-out ones each have a message of their own.
import test from 'ava'
import { readConfiguration } from '../../../uwsgi/read.ts'
import { translate } from '../../../uwsgi/translate.ts'
import { app, command, early, read, told, world } from '../../helpers/translate.ts'

test('a misspelt option names the nearest and its line', (t) => {
  const { problems, options } = read([...app, 'vaccum = true'])
  t.is(options, undefined)
  t.is(problems[0]?.error.code, 'UWSGI_TYPO')
  t.is(problems[0]?.error.place?.line, 4)
  t.regex(problems[0]?.error.hint ?? '', /did you mean 'vacuum'\? uWSGI ignores this line silently/)
})

test('a known but unsupported option says why and what instead', (t) => {
  const { problems, options } = read([...app, 'spooler = /tmp/spool'])
  t.is(options, undefined)
  t.is(problems[0]?.error.code, 'UWSGI_UNSUPPORTED')
  t.regex(problems[0]?.error.hint ?? '', /Celery/)
})

test('an option that is always on is accepted without a word', (t) => {
  const result = read([...app, 'master = true', 'vacuum = true', 'die-on-term = true', 'thunder-lock = 1'])
  t.deepEqual(told(result), [])
  t.deepEqual(
    result.outcomes.slice(-4).map(({ kind }) => kind),
    ['always on', 'always on', 'always on', 'no effect'],
  )
})

test('an unsupported option that is switched off asks for nothing', (t) => {
  t.deepEqual(told(read([...app, 'vhost = false'])), [])
})

test('a key that something refers to is a placeholder', (t) => {
  const result = read([...app, 'base = /srv/app', 'chdir = %(base)'])
  t.deepEqual(told(result), [])
  t.is(result.options?.chdir, '/srv/app')
})

test('a key that only a left-out branch refers to is a placeholder too', (t) => {
  t.deepEqual(told(read([...app, 'base = /x', 'if-env = NO_SUCH_VARIABLE', 'chdir = %(base)', 'endif'])), [])
})

test('the marks of a merge conflict are told as such', (t) => {
  const lines = told(
    read([...app, '<<<<<<< HEAD', 'threads = 1', '=======', 'threads = 2', '>>>>>>> branch']),
  )
  t.deepEqual(lines, [
    "4 error UWSGI_MERGE_MARKER: '<<<<<<< HEAD' is left of a merge conflict",
    "6 error UWSGI_MERGE_MARKER: '=======' is left of a merge conflict",
    "8 error UWSGI_MERGE_MARKER: '>>>>>>> branch' is left of a merge conflict",
  ])
})

test('plugins whose work is built in pass, others are told', (t) => {
  t.deepEqual(told(read([...app, 'plugins = python3,http', 'plugin = logfile'])), [])
  t.regex(told(read([...app, 'plugins = python3,psgi']))[0] ?? '', /warning UWSGI_NOTE: plugins: .*psgi/)
})

test('options of a plugin that is not there are told, not taken for mistakes', (t) => {
  const result = read([...app, 'plugin = dogstatsd', 'dogstatsd-all-gauges = true', 'dogstatsdall = 1'])
  t.deepEqual(
    result.problems.map(({ severity, error }) => [error.place?.line, severity, error.code]),
    [
      [4, 'warning', 'UWSGI_NOTE'],
      [5, 'warning', 'UWSGI_UNSUPPORTED'],
      [6, 'error', 'UWSGI_TYPO'],
    ],
  )
  t.is(result.outcomes.find(({ entry }) => entry.key === 'dogstatsd-all-gauges')?.kind, 'unsupported')
})

test('Python 2 is told before an application fails on it', (t) => {
  t.regex(told(read([...app, 'plugins = python27']))[0] ?? '', /warning.*Python 2 is not served/)
})

test('virtual hosting with one application is that application for every host', (t) => {
  const result = read([...app, 'vhost = true'])
  t.truthy(result.options)
  t.regex(told(result)[0] ?? '', /warning UWSGI_UNSUPPORTED.*answers for every host/)
})

test('http-to is fine for a socket of this configuration', (t) => {
  t.deepEqual(told(read([...app, 'http-to = /tmp/u.sock', 'socket = /tmp/u.sock'])), [])
  t.regex(told(read([...app, 'http-to = 10.0.0.1:80']))[0] ?? '', /warning.*own workers, to no other server/)
})

test('what cron2 asks of other hosts is told', (t) => {
  t.regex(told(read([...app, 'cron2 = minute=1,legion=a date']))[0] ?? '', /warning.*every instance runs it/)
})

test('lines before the first section are told', (t) => {
  t.deepEqual(early('module = a\n[uwsgi]\nmodule = b\nhttp = :1\n'), [
    "1 warning UWSGI_EARLY_LINE: 'module' stands before the first [section]: uWSGI ignores the line",
  ])
})

test('a merge conflict that begins before the first section is told', (t) => {
  t.regex(early('<<<<<<< HEAD\n[uwsgi]\nmodule = b\n')[0] ?? '', /^1 error UWSGI_MERGE_MARKER/)
})

test('set-placeholder needs no reference', (t) => {
  t.deepEqual(told(read([...app, 'set-placeholder = base=/x'])), [])
})

test('no-strict makes unknown and refused options warnings', (t) => {
  const result = read([...app, 'vaccum = 1', 'spooler = x'], '--no-strict')
  t.truthy(result.options)
  t.deepEqual(
    result.problems.map(({ severity }) => severity),
    ['warning', 'warning'],
  )
})

test('an unknown UWSGI_ variable is a warning', (t) => {
  const env = { UWSGI_FROBNICATE: '1' }
  const text = `[uwsgi]\n${app.join('\n')}\n`
  const result = translate(readConfiguration(['--ini', 'a.ini'], world(text, env)), '/srv')
  t.truthy(result.options)
  t.is(result.problems[0]?.error.place?.file, 'environment variable UWSGI_FROBNICATE')
})

test('a UWSGI_ variable that the file asks for is one like any other', (t) => {
  const env = { UWSGI_HOW_MANY: '3', UWSGI_MAYBE: '1' }
  const lines = [...app, 'threads = $(UWSGI_HOW_MANY)', 'if-env = UWSGI_MAYBE', 'processes = 2', 'endif']
  const result = translate(
    readConfiguration(['--ini', 'a.ini'], world(`[uwsgi]\n${lines.join('\n')}\n`, env)),
    '/srv',
  )
  t.deepEqual(told(result), [])
  t.like(result.options, { threads: 3, processes: 2 })
})

test('what Kubernetes puts into the environment is no option', (t) => {
  const env = {
    UWSGI_PORT: 'tcp://10.0.0.1:80',
    UWSGI_PORT_80_TCP_ADDR: '10.0.0.1',
    UWSGI_PORT_80_TCP_PROTO: 'tcp',
    UWSGI_SERVICE_HOST: '10.0.0.1',
    UWSGI_SERVICE_PORT: '80',
    UWSGI_VERSION: '2.0.31',
  }
  const text = `[uwsgi]\n${app.join('\n')}\n`
  t.deepEqual(told(translate(readConfiguration(['--ini', 'a.ini'], world(text, env)), '/srv')), [])
})

test('an unknown option of the command line stops at once with a guess', (t) => {
  const error = t.throws(() => command('--htp', ':8000'), { name: 'PosternError' })
  t.regex((error as Error & { hint: string }).hint, /--http/)
})

test('an ambiguous prefix lists its candidates', (t) => {
  t.throws(() => command('--http-s', '1'), { message: /could be --http-s/ })
})

test('an option without its value is told', (t) => {
  t.throws(() => command('--module'), { message: '--module needs a value' })
})

test('positional files and applications are understood', (t) => {
  t.is(command('--http', ':1', 'app.py:main').options?.['wsgi-file'], 'app.py')
  t.is(command('--http', ':1', 'app.py:main').options?.callable, 'main')
  t.is(command('--http', ':1', 'pkg.mod:app').options?.module, 'pkg.mod:app')
  t.throws(() => command('--http', ':1', 'nonsense'), { message: /neither a configuration file/ })
})

test('postern’s own options stand beside uWSGI’s', (t) => {
  const { options } = command('--http', ':1', '-w', 'app', '--queue-limit', '7', '--uwsgi-module')
  t.is(options?.['queue-limit'], 7)
  t.true(options?.['uwsgi-module'])
})
