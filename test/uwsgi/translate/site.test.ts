// What nginx does: routes, headers, folders and log-skip of the site, from uWSGI's own routing.
import test from 'ava'
import { app, read, told } from '../../helpers/translate.ts'

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
