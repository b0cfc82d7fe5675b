import test from 'ava'
import type { World } from '../../uwsgi/entry.ts'
import { readConfiguration } from '../../uwsgi/read.ts'
import { type Translation, translate } from '../../uwsgi/translate.ts'
import { realWorld } from '../../uwsgi/world.ts'

const app = ['http = :8000', 'module = site']

/** An ini file that exists only here. */
const world = (text: string, env: World['env'] = {}): World => ({
  ...realWorld('/srv', env),
  readFile: () => text,
})

const read = (lines: string[], ...argv: string[]): Translation =>
  translate(readConfiguration(['--ini', 'a.ini', ...argv], world(`[uwsgi]\n${lines.join('\n')}\n`)), '/srv')

const told = ({ problems }: Translation): string[] =>
  problems.map(
    ({ severity, error }) => `${error.place?.line ?? '-'} ${severity} ${error.code}: ${error.message}`,
  )

const command = (...argv: string[]): Translation => translate(readConfiguration(argv, world('')), '/srv')

// Names: three different messages.

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

// The command line.

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

// Values.

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
test('json logs are understood', value, ['log-encoder = json {"t":1}'], 'log-json', true)
test('a file logger is logto', value, ['logger = file:/var/log/app.log'], 'logto', '/var/log/app.log')
test(
  'a named file logger is logto too',
  value,
  ['req-logger = main file:/var/log/app.log'],
  'logto',
  '/var/log/app.log',
)

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

// References.

test('an unset variable is told with its line', (t) => {
  const [first] = told(read([...app, 'chdir = $(NO_SUCH_VARIABLE)']))
  t.is(
    first,
    '4 error UWSGI_ENV_UNSET: chdir needs the environment variable NO_SUCH_VARIABLE, which is not set',
  )
})

test('a variable may have a default', (t) => {
  t.is(read([...app, 'processes = $(NO_SUCH_VARIABLE:-3)']).options?.processes, 3)
})

test('a shell’s own $(…) in a command stays', (t) => {
  t.deepEqual(read([...app, 'exec-asap = echo $(date) $(HOMEX)']).options?.['exec-asap'], [
    'echo $(date) $(HOMEX)',
  ])
})

test('commands while reading need permission', (t) => {
  t.regex(told(read([...app, 'procname = @(exec://echo hi)']))[0] ?? '', /UWSGI_AT_FORBIDDEN/)
  t.is(read(['allow-exec = true', ...app, 'procname = @(exec://echo hi)']).options?.procname, 'hi')
})

test('placeholders that contain each other are told', (t) => {
  t.regex(told(read([...app, 'a = %(b)', 'b = %(a)', 'chdir = %(a)']))[0] ?? '', /UWSGI_PLACEHOLDER_CYCLE/)
})

test('nested logic is told at its line', (t) => {
  t.throws(() => read(['if-env = A', 'if-env = B']), { message: /logic does not nest/ })
})

test('else turns a condition around', (t) => {
  const { options } = read([
    ...app,
    'if-env = NO_SUCH_VARIABLE',
    'processes = 2',
    'else',
    'processes = 3',
    'endif',
  ])
  t.is(options?.processes, 3)
})

test('a section that is not there is told with those that are', (t) => {
  const text = '[uwsgi-production]\nmodule = a\n'
  t.throws(() => readConfiguration(['--ini', 'a.ini'], world(text)), {
    message: 'there is no [uwsgi] section, only [uwsgi-production]',
  })
})

test('a file that includes itself is told', (t) => {
  t.throws(() => readConfiguration(['--ini', 'a.ini'], world('[uwsgi]\nini = a.ini\n')), {
    message: /more than 32 files deep/,
  })
})

// nginx.

test('a route that only hides health checks becomes log-skip', (t) => {
  const { options, draft } = read([...app, 'route = ^/healthz$ donotlog:'])
  t.deepEqual(options?.['log-skip'], ['/healthz'])
  t.deepEqual(draft.onlyNginx, [])
})

test('redirects, headers and static files go to the site', (t) => {
  const { draft } = read([
    ...app,
    'route = ^/old/(.*) redirect-permanent:/new/$1',
    'add-header = X-Frame-Options: DENY',
    'static-map = /static=/srv/static',
    'static-map2 = /media=/srv',
  ])
  t.deepEqual(draft.site.routes, [{ matches: '^/old/(.*)', redirect: '/new/{1}', status: 301 }])
  t.deepEqual(draft.site.headers, { 'X-Frame-Options': 'DENY' })
  t.deepEqual(draft.site.static, [
    { at: '/static', root: '/srv/static', keepsMount: false },
    { at: '/media', root: '/srv', keepsMount: true },
  ])
})

test('a route nobody translates is named', (t) => {
  t.regex(told(read([...app, 'route = ^/x cgi:/x.sh']))[0] ?? '', /warning UWSGI_NOTE: route = \^\/x cgi/)
})

const route = test.macro({
  exec(t, line: string, expected: unknown) {
    const { draft, problems } = read([...app, line])
    t.deepEqual(draft.site.routes as unknown[], expected === undefined ? [] : [expected])
    t.is(problems.length, expected === undefined ? 1 : 0)
  },
  title: (_, line) => `becomes a route of the site: ${line}`,
})

test(route, 'route = ^/old$ redirect:/new', { path: '/old', redirect: '/new', status: 302 })
test(route, 'route = ^/secret return:403', { matches: '^/secret', respond: { status: 403 } })
test(route, 'route = ^/gone$ break:410 Gone', { path: '/gone', respond: { status: 410 } })
test(route, 'route = ^/v1/(.*)$ rewrite:/api/$1', { matches: '^/v1/(.*)$', rewrite: '/api/{1}' })
test(route, `route-host = ^old\\.org$ redirect-301:https://new.org\${REQUEST_URI}`, {
  hosts: ['old.org'],
  redirect: 'https://new.org{path}{?args}',
  status: 301,
})
test(
  route,
  `route-if = equal:\${HTTP_X_FORWARDED_PROTO};http redirect-permanent:https://\${HTTP_HOST}\${REQUEST_URI}`,
  {
    requestHeaders: { 'X-Forwarded-Proto': 'http' },
    redirect: 'https://{host}{path}{?args}',
    status: 301,
  },
)
test(route, `route-if = equal:\${REQUEST_METHOD};TRACE return:405`, {
  methods: ['TRACE'],
  respond: { status: 405 },
})
test(route, 'route-user-agent = BadBot break:403', {
  requestHeaders: { 'User-Agent': { matches: 'BadBot' } },
  respond: { status: 403 },
})
test(route, 'route = .* basicauth:Area,user:password', undefined)
test(route, 'route-host = ^(a|b)\\.org redirect:/', undefined)
test(route, `route-if = isdir:\${PATH_INFO} redirect:/`, undefined)
