// nginx's configuration against what stands behind it: each cross-check with a hit and a near miss.
import test from 'ava'
import type { Behind } from '../../lint/cross/behind.ts'
import { crossRules, runCross } from '../../lint/cross/run.ts'
import { readSize, readTime } from '../../lint/cross/units.ts'
import { parse } from '../helpers/lint.ts'

const said = (conf: string, behind: Behind): string[] => [
  ...new Set(runCross(parse(conf), behind, { nginx: '1.22.1' }).map((one) => one.rule)),
]

const server = (lines: string, listen = 'listen 80;'): string =>
  `server { ${listen} server_name example.com; ${lines} }`
const app = 'location / { include uwsgi_params; uwsgi_pass unix:/run/app.sock; }'
const proxy =
  'location / { proxy_set_header Host $host; proxy_set_header X-Forwarded-Proto $scheme; proxy_pass http://127.0.0.1:8000; }'
const uwsgi = {
  name: 'uWSGI',
  from: 'uwsgi.ini',
  sockets: [{ address: '/run/app.sock', speaks: ['uwsgi' as const] }],
  socketMode: 0o660,
}

type Row = [claim: string, rule: string, conf: string, behind: Behind]

const hits: Row[] = [
  [
    'static files served from another folder',
    'django-static-path',
    server(`location /static/ { alias /srv/static/; } ${proxy}`),
    { django: { staticUrl: '/static/', staticRoot: '/srv/app/static' } },
  ],
  [
    'static files served by a root that repeats the prefix',
    'django-static-path',
    server(`location /static/ { root /srv/app/static; } ${proxy}`),
    { django: { staticUrl: 'static/', staticRoot: '/srv/app/static' } },
  ],
  [
    'static files left to Django',
    'django-static-path',
    server(proxy),
    { django: { staticUrl: '/static/', staticRoot: '/srv/static' } },
  ],
  [
    'static files taken by a regex',
    'django-static-path',
    server(
      `root /srv/www; location /static/ { alias /srv/static/; } location ~ \\.css$ { expires 1d; } ${proxy}`,
    ),
    { django: { staticUrl: '/static/', staticRoot: '/srv/static' } },
  ],
  [
    'STATIC_ROOT not set',
    'django-static-path',
    server(`location /static/ { alias /srv/static/; } ${proxy}`),
    { django: { staticUrl: '/static/' } },
  ],
  [
    'media files in another folder',
    'django-media-path',
    server(`location /media/ { alias /srv/m/; } ${proxy}`),
    { django: { mediaUrl: '/media/', mediaRoot: '/srv/media' } },
  ],
  [
    'a name that ALLOWED_HOSTS lacks',
    'django-allowed-hosts',
    server(proxy),
    { django: { allowedHosts: ['www.example.com'] } },
  ],
  [
    'a Host that is the upstream’s',
    'django-allowed-hosts',
    server('location / { proxy_pass http://127.0.0.1:8000; }'),
    { django: { allowedHosts: ['example.com'] } },
  ],
  [
    'a trusted header that nginx does not set',
    'django-proxy-ssl-header',
    server(app),
    { django: { proxySslHeader: ['HTTP_X_FORWARDED_PROTO', 'https'] } },
  ],
  [
    'https that Django cannot see',
    'django-proxy-ssl-header',
    server(proxy, 'listen 443 ssl;'),
    { django: { sslRedirect: true } },
  ],
  ['a body limit below Django’s', 'django-body-size', server(proxy), { django: {} }],
  [
    'a header sent twice',
    'django-header-twice',
    server(`add_header X-Frame-Options DENY; ${proxy}`),
    { django: { ownHeaders: ['x-frame-options'] } },
  ],
  [
    'another socket',
    'server-socket',
    server(app),
    { server: { ...uwsgi, sockets: [{ address: '/run/other.sock', speaks: ['uwsgi'] }] } },
  ],
  [
    'another protocol',
    'server-socket',
    server(proxy),
    { server: { ...uwsgi, sockets: [{ address: ':8000', speaks: ['uwsgi'] }] } },
  ],
  [
    'a socket nobody else may use',
    'server-socket-mode',
    server(app),
    { server: { ...uwsgi, socketMode: 0o644 } },
  ],
  [
    'a socket mode left to the umask',
    'server-socket-mode',
    server(app),
    { server: { ...uwsgi, socketMode: undefined } },
  ],
  [
    'a harakiri beyond nginx’s patience',
    'server-timeout',
    server(app),
    { server: { ...uwsgi, harakiriSeconds: 300 } },
  ],
  [
    'a smaller body limit behind',
    'server-body-limit',
    server(`client_max_body_size 50m; ${app}`),
    { server: { ...uwsgi, bodyLimit: 10 * 1024 ** 2 } },
  ],
  [
    'a small header buffer behind',
    'server-buffer-size',
    server(app),
    { server: { ...uwsgi, bufferSize: 4096 } },
  ],
]

const misses: Row[] = [
  [
    'a header that only fills in for Django',
    'django-header-twice',
    `map $sent_http_x_frame_options $frames { "" DENY; } ${server(`add_header X-Frame-Options $frames always; ${proxy}`)}`,
    { django: { ownHeaders: ['x-frame-options'] } },
  ],
  [
    'a SECURE_PROXY_SSL_HEADER that cannot be told',
    'django-proxy-ssl-header',
    server(proxy, 'listen 443 ssl;'),
    { django: { proxySslUnknown: true } },
  ],
  [
    'static files where they are',
    'django-static-path',
    server(`location /static/ { alias /srv/app/static/; } ${proxy}`),
    { django: { staticUrl: '/static/', staticRoot: '/srv/app/static/' } },
  ],
  [
    'static files by root',
    'django-static-path',
    server(`location /static/ { root /srv/app; } ${proxy}`),
    { django: { staticUrl: '/static/', staticRoot: '/srv/app/static' } },
  ],
  [
    'static files on another host',
    'django-static-path',
    server(proxy),
    { django: { staticUrl: 'https://cdn.example.com/s/', staticRoot: '/srv/static' } },
  ],
  [
    'static files that WhiteNoise serves',
    'django-static-path',
    server(proxy),
    { django: { staticUrl: '/static/', staticRoot: '/srv/static', servesStatic: true } },
  ],
  [
    'media files where they are',
    'django-media-path',
    server(`location ^~ /media/ { alias /srv/media/; } ${proxy}`),
    { django: { mediaUrl: '/media/', mediaRoot: '/srv/media' } },
  ],
  [
    'a name under a wildcard',
    'django-allowed-hosts',
    server(proxy),
    { django: { allowedHosts: ['.example.com'] } },
  ],
  [
    'names of a server without an application',
    'django-allowed-hosts',
    server('root /srv;'),
    { django: { allowedHosts: [] } },
  ],
  [
    'a trusted header that nginx sets',
    'django-proxy-ssl-header',
    server(proxy, 'listen 443 ssl;'),
    { django: { proxySslHeader: ['HTTP_X_FORWARDED_PROTO', 'https'], sslRedirect: true } },
  ],
  [
    'uwsgi_params, which tell https by themselves',
    'django-proxy-ssl-header',
    server(app, 'listen 443 ssl;'),
    { django: {} },
  ],
  [
    'a body limit above Django’s',
    'django-body-size',
    server(`client_max_body_size 10m; ${proxy}`),
    { django: {} },
  ],
  [
    'another header',
    'django-header-twice',
    server(`add_header X-A b; ${proxy}`),
    { django: { ownHeaders: ['x-frame-options'] } },
  ],
  ['the same socket', 'server-socket', server(app), { server: uwsgi }],
  [
    'the same socket through an upstream',
    'server-socket',
    `upstream a { server unix:///run/app.sock; } ${server('location / { include uwsgi_params; uwsgi_pass a; }')}`,
    { server: uwsgi },
  ],
  [
    'a gateway that speaks everything',
    'server-socket',
    server(proxy),
    { server: { ...uwsgi, sockets: [{ address: '127.0.0.1:8000', speaks: ['uwsgi', 'http', 'fastcgi'] }] } },
  ],
  ['a socket of the group', 'server-socket-mode', server(app), { server: uwsgi }],
  [
    'a harakiri that fits',
    'server-timeout',
    server(`uwsgi_read_timeout 6m; ${app}`),
    { server: { ...uwsgi, harakiriSeconds: 300 } },
  ],
  [
    'a body limit that fits',
    'server-body-limit',
    server(`client_max_body_size 5m; ${app}`),
    { server: { ...uwsgi, bodyLimit: 10 * 1024 ** 2 } },
  ],
  [
    'a large header buffer behind',
    'server-buffer-size',
    server(app),
    { server: { ...uwsgi, bufferSize: 32_768 } },
  ],
]

for (const [claim, rule, conf, behind] of hits)
  test(`${rule} finds ${claim}`, (t) =>
    void t.true(said(conf, behind).includes(rule), said(conf, behind).join()))
for (const [claim, rule, conf, behind] of misses)
  test(`${rule} is fine with ${claim}`, (t) => void t.false(said(conf, behind).includes(rule)))

test('every cross-check has a hit and a near miss', (t) => {
  for (const { name } of crossRules) {
    t.true(
      hits.some((row) => row[1] === name),
      name,
    )
    t.true(
      misses.some((row) => row[1] === name),
      name,
    )
  }
})

test('reads nginx’s sizes and times', (t) => {
  t.deepEqual(['1', '8k', '20m', '1G', '1x'].map(readSize), [1, 8192, 20 * 1024 ** 2, 1024 ** 3, undefined])
  t.deepEqual(['60', '5m', '1h 30m', '500ms', 'x', ''].map(readTime), [
    60,
    300,
    5400,
    0.5,
    undefined,
    undefined,
  ])
})

test('what to do about static files is said in the words of whoever writes nginx.conf', (t) => {
  const django = { staticUrl: '/static/' }
  const remedy = (behind: Behind) =>
    runCross(parse(server(proxy)), behind, { nginx: '1.22.1' }).find(
      (one) => one.rule === 'django-static-path',
    )?.help
  t.is(remedy({ django }), 'set STATIC_ROOT, and add location ^~ /static/ { alias <STATIC_ROOT>/; }')
  t.regex(
    remedy({ django, server: { name: 'postern', from: 'gateway.json', sockets: [] } }) ?? '',
    /collectstatic: postern build then/,
  )
})
