import test from 'ava'
import { PosternError } from '../../errors.ts'
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

const early = (text: string): string[] =>
  told(translate(readConfiguration(['--ini', 'a.ini'], world(text)), '/srv'))

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

test('XML that is none is told with its place', (t) => {
  const error = t.throws(() => readConfiguration(['a.xml'], world('<uwsgi>\n<a>1</b>\n</uwsgi>')), {
    instanceOf: PosternError,
  })
  t.is(error?.code, 'UWSGI_FILE_SYNTAX')
  t.is(error?.place?.line, 2)
  t.throws(() => readConfiguration(['a.xml:z'], world('<all><uwsgi id="y"/></all>')), {
    message: 'there is no [z] section, only [uwsgi] [y]',
  })
  const several =
    '<all><uwsgi id="x"><threads>1</threads></uwsgi><uwsgi id="y"><threads>2</threads></uwsgi></all>'
  const threads = (name: string) => readConfiguration([name], world(several)).entries.at(-1)?.value
  t.deepEqual([threads('a.xml'), threads('a.xml:y')], ['1', '2'])
  const bomb = '<!DOCTYPE a [<!ENTITY x SYSTEM "/etc/passwd">]><uwsgi><module>&x;</module></uwsgi>'
  t.throws(() => readConfiguration(['a.xml'], world(bomb)), { message: /not valid XML/ })
})

test('an XML element has its place, also behind blank lines', (t) => {
  const { problems } = translate(
    readConfiguration(['a.xml'], world('\n\n<uwsgi>\n  <vaccum/></uwsgi>')),
    '/srv',
  )
  t.like(problems[0]?.error.place, { line: 4, column: 3 })
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
test(route, 'route = ^/in basicauth:Area,user:pass:word', {
  matches: '^/in',
  users: [{ name: 'user', password: 'pass:word' }],
})
test(route, 'route = ^/in basicauth:Area,#user:password', undefined)
test(route, 'route = ^/in basicauth:Area,user:', undefined)
test(route, 'route = ^/in basicauth:Area', undefined)
test(route, 'route-host = ^(a|b)\\.org redirect:/', { hosts: ['a.org', 'b.org'], redirect: '/', status: 302 })
test(route, 'route-host = ^[ab]\\.org redirect:/', undefined)
test(route, 'route = ^/admin basicauth:Area,/srv/htpasswd', { matches: '^/admin', password: '/srv/htpasswd' })
test(route, 'route-uri = ^/static/ addheader:Vary: Accept', {
  matches: '^/static/',
  headers: { Vary: 'Accept' },
})
test(route, `route-if-not = empty:\${HTTP_X_OLD} break:410`, {
  requestHeaders: { 'X-Old': true },
  respond: { status: 410 },
})
test(route, `route-if-not = equal:\${REMOTE_USER};me break:403`, undefined)
test(route, 'route = (?i)^/old redirect:/new', undefined)
test(route, 'route-user-agent = ( donotlog:', undefined)
test(route, 'route-remote-addr = ^10\\. break:403', undefined)

test('lines about the same requests meet in one route', (t) => {
  const { draft, problems } = read([
    ...app,
    'route = ^/a/ addheader:X-A: 1',
    'route = ^/a/ addheader:X-B: 2',
    'route = ^/a/ redirect:/b',
    'route = ^/a/ redirect:/b',
    'route = ^/a/ redirect:/c',
  ])
  const headers = { 'X-A': '1', 'X-B': '2' }
  t.deepEqual(draft.site.routes, [{ matches: '^/a/', headers, redirect: '/b', status: 302 }])
  t.deepEqual(
    problems.map(({ error }) => error.place?.line),
    [8],
  )
})

test('the redirect to https is taken from what a proxy says, and told', (t) => {
  const line = `route-if-not = equal:\${HTTPS};on redirect-permanent:https://\${HTTP_HOST}\${REQUEST_URI}`
  const result = read([...app, line])
  const redirect = 'https://{host}{path}{?args}'
  t.deepEqual(result.draft.site.routes, [
    { requestHeaders: { 'X-Forwarded-Proto': 'http' }, redirect, status: 301 },
  ])
  t.regex(told(result)[0] ?? '', /note.*with `tls` the site redirects http by itself/)
})

test('HSTS for https alone is said everywhere: browsers ignore it on http', (t) => {
  const { draft } = read([
    ...app,
    `route-if = equal:\${HTTPS};on addheader:Strict-Transport-Security: max-age=60`,
  ])
  t.deepEqual(draft.site.headers, { 'Strict-Transport-Security': 'max-age=60' })
})

test('routes to other servers name upstreams', (t) => {
  const { draft } = read([
    ...app,
    'route = ^/ws uwsgi:/tmp/ws.sock,0,0',
    'route = ^/api http::9000',
    'route = ^/api2 http:127.0.0.1:9000',
  ])
  t.deepEqual(draft.site.upstreams, {
    'server-1': { servers: ['unix:/tmp/ws.sock'], protocol: 'uwsgi' },
    'server-2': { servers: ['127.0.0.1:9000'], protocol: 'http' },
  })
  t.deepEqual(
    draft.site.routes.map(({ upstream }) => upstream),
    ['server-1', 'server-2', 'server-2'],
  )
})

test('a folder with a group in it is a folder', (t) => {
  const { draft } = read([...app, 'route = ^/files/(.*)$ static:/srv/files/$1'])
  t.deepEqual(draft.site.static, [{ at: '/files/', root: '/srv/files', keepsMount: false }])
})

const skip = test.macro({
  exec(t, line: string, expected: string[]) {
    const { options, problems } = read([...app, line])
    t.deepEqual(options?.['log-skip'], expected)
    t.is(problems.length, expected.length === 0 ? 1 : 0)
  },
  title: (_, line) => `is left out of the log: ${line}`,
})

test(skip, 'route = ^/healthz donotlog:', ['path=^/healthz'])
test(skip, 'route-host = ^status\\.internal$ donotlog:', ['host=^(status\\.internal)$'])
test(skip, 'route-user-agent = .*ELB-HealthChecker.* donotlog:', ['user-agent=.*ELB-HealthChecker.*'])
test(skip, 'route-remote-addr = ^127\\.0\\.0\\.1$ donotlog:', ['remote-addr=^127\\.0\\.0\\.1$'])
test(skip, `route-if = startswith:\${HTTP_USER_AGENT};kube-probe donotlog:`, ['user-agent=^kube-probe'])
test(skip, `route-if = equal:\${REMOTE_ADDR};10.0.0.1 donotlog:`, ['remote-addr=^10\\.0\\.0\\.1$'])
test(skip, 'route-referer = x donotlog:', [])

test('a header of the connection is no header of the site', (t) => {
  const result = read([...app, 'add-header = Connection: close'])
  t.deepEqual(result.draft.site.headers, {})
  t.regex(told(result)[0] ?? '', /note.*kept alive or closed by whoever holds them/)
})

test(route, `route-if = isdir:\${PATH_INFO} redirect:/`, undefined)
