// What a value becomes: the gateway's option, and what is told of a value that is none.
import test from 'ava'
import { app, read, told } from '../../helpers/translate.ts'

const value = test.macro({
  exec(t, lines: string[], option: string, expected: unknown, warnings: RegExp[] = []) {
    const result = read([...app, ...lines])
    t.deepEqual((result.options as Record<string, unknown> | undefined)?.[option], expected)
    const texts = told(result)
    t.is(texts.length, warnings.length, texts.join('\n'))
    for (const [index, pattern] of warnings.entries()) t.regex(texts[index] as string, pattern)
  },
  title: (title = '') => title,
})

test('the last of a scalar wins', value, ['processes = 2', 'processes = 4'], 'processes', 4)
test('lists accumulate', value, ['pythonpath = a', 'pp = b'], 'pythonpath', ['a', 'b'])
test('env is read in order', value, ['env = A=1', 'env = B=x=y', 'env = A=2'], 'env', { A: '2', B: 'x=y' })
test('a comment after a number is cut and noted', value, ['max-requests = 1000 ; x'], 'max-requests', 1000, [
  /note UWSGI_INLINE_COMMENT.*reads 1000/,
])
test(
  'a comment after false would be true in uWSGI',
  value,
  ['disable-logging = false ; x'],
  'disable-logging',
  false,
  [/warning UWSGI_INLINE_COMMENT.*for true/],
)
test('a comment in a string stays', value, ['procname = a ; b'], 'procname', 'a ; b')
test('megabytes are megabytes', value, ['reload-on-rss = 300 # MB'], 'reload-on-rss', 300, [/note/])
test('a bare chmod-socket is 666', value, ['chmod-socket ='], 'chmod-socket', '666')
test(
  'four digits of chmod-socket are accepted with a note',
  value,
  ['chmod-socket = 0660'],
  'chmod-socket',
  '660',
  [/note.*three digits/],
)
test('buffer-size never shrinks', value, ['buffer-size = 8192'], 'buffer-size', 65_535, [/in any case/])
test('lazy-apps loads per worker', value, ['lazy-apps = true'], 'preload', 'off')
test(
  'procname-prefix-spaced ends in a space',
  value,
  ['procname-prefix-spaced = shop'],
  'procname-prefix',
  'shop ',
)
test('an address may have a space after its colon', value, ['http = : 5000'], 'http', [':8000', ':5000'])
test('*:port is :port', value, ['http-socket = *:80'], 'http', [':8000', ':80'])
test('protocol = http turns sockets into HTTP listeners', value, ['socket = :9', 'protocol = http'], 'http', [
  ':8000',
  ':9',
])
test('cron2 becomes cron', value, ['cron2 = minute=5,hour=-1,unique=1 run me'], 'cron', [
  '5 -1 -1 -1 -1 run me',
])
test(
  'the idiom for a graceful SIGTERM is a note',
  value,
  ['hook-master-start = unix_signal:15 gracefully_kill_them_all'],
  'exec-as-user',
  [],
  [/graceful here without a hook/],
)
test('json logs are understood', value, ['log-encoder = json {"t":1}'], 'log-json', true, [
  /note.*fields time, level, event and text, not those of \{"t":1\}/,
])
test('a file logger is logto', value, ['logger = file:/var/log/app.log'], 'logto', '/var/log/app.log')
test(
  'a named file logger is logto too',
  value,
  ['logger = main file:/var/log/app.log'],
  'logto',
  '/var/log/app.log',
)
test(
  'the access log may have a file of its own',
  value,
  ['req-logger = file:/var/log/req.log', 'logger = file:/var/log/err.log'],
  'req-logto',
  '/var/log/req.log',
)
test(
  'the access log may stay where it was',
  value,
  ['logto = /x.log', 'logger-req = stdio'],
  'req-logto',
  '-',
)
test('a second log file is told', value, ['logto = /a.log', 'logger = file:/b.log'], 'logto', '/b.log', [
  /warning.*\/a\.log is not written any more/,
])
test('an encoder of one logger is for all', value, ['log-encoder = json:main {}'], 'log-json', true, [/note/])
test(
  'an encoder that changes nothing is no news',
  value,
  [`log-encoder = format:app \${msg}`],
  'log-json',
  false,
)
test('a unit after a number is dropped and told', value, ['harakiri = 30s'], 'harakiri', 30, [
  /warning.*30 is read, s is dropped/,
])
test('cheaper = true is one worker at least', value, ['cheaper = true'], 'cheaper', 1)
test('a word for a number is 0, as in uWSGI, and told', value, ['max-requests = true'], 'max-requests', 0, [
  /warning.*uWSGI takes for 0/,
])
test('harakiri = off is none', value, ['harakiri = off'], 'harakiri', 0)
test(
  'routes that tell JSON lines apart are what a JSON log does',
  value,
  ['log-route = a {', 'log-route = b ^((?!\\{).)*$', 'log-route = c ^x'],
  'log-json',
  false,
  [/warning.*log-route = c/],
)
test('megabytes with their unit', value, ['reload-on-rss = 512 MB'], 'reload-on-rss', 512, [/warning/])
test(
  'a file of touch-exec is relative to chdir',
  value,
  ['chdir = /app', 'touch-exec = t date'],
  'touch-exec',
  ['/app/t date'],
)

const hook = test.macro({
  exec(t, line: string, option: string | undefined, command = '') {
    const { options, problems } = read([...app, line])
    if (option === undefined)
      t.regex(problems[0]?.error.message ?? '', /this hook is not run|C functions are not run/)
    else t.deepEqual((options as Record<string, unknown> | undefined)?.[option], [command])
  },
  title: (_, line) => `hook: ${line}`,
})
test(hook, 'hook-pre-app = exec:echo a', 'exec-pre-app', 'echo a')
test(hook, 'hook-asap = mkdir:/run/a b', 'exec-asap', "mkdir -p '/run/a b'")
test(
  hook,
  "hook-accepting1-once = write:/tmp/ready it's",
  'exec-post-app',
  "printf '%s' 'it'\\''s' > '/tmp/ready'",
)
test(hook, 'hook-as-root = chown:/srv/x www-data adm', 'exec-as-root', "chown 'www-data:adm' '/srv/x'")
test(hook, 'hook-touch = /tmp/t exec:date', 'touch-exec', '/tmp/t date')
test(hook, 'hook-post-app = call:my_c_function', undefined)
test(hook, 'hook-post-fork = exec:echo', undefined)

test('a socket of digits alone is refused with the port meant', (t) => {
  const { problems } = read(['module = a', 'socket = 80'])
  t.regex(problems[0]?.error.message ?? '', /socket = 80: expected an address/)
  t.is(problems[0]?.error.hint, 'write :80 for the port')
})

test('a number that is none names its line', (t) => {
  t.deepEqual(told(read([...app, 'threads = many'])), [
    '4 error UWSGI_BAD_VALUE: threads = many: expected a whole number',
  ])
})

test('what the gateway’s schema minds is told at its line', (t) => {
  const [first] = told(read([...app, 'thread-stacksize = 99999999']))
  t.regex(first ?? '', /^4 error UWSGI_BAD_VALUE: thread-stacksize = 99999999/)
})

test('sockets and watched files are relative to chdir, logs to the start', (t) => {
  const { options } = read([
    'module = a',
    'socket = app.sock',
    'touch-reload = t',
    'static-map = /s=static',
    'logto = log',
    'chdir = app',
  ])
  t.is(options?.chdir, '/srv/app')
  t.deepEqual(options?.socket, ['/srv/app/app.sock'])
  t.deepEqual(options?.['touch-reload'], ['/srv/app/t'])
  t.deepEqual(options?.['static-map'], ['/s=/srv/app/static'])
  t.is(options?.logto, '/srv/log')
})
