// What an application is told of who was asked, and how: every rule as a row.
import { get, tells } from '../../../helpers/environ.ts'

tells([
  [
    'SERVER_NAME falls back to Host',
    'uwsgi',
    get('/', ['SERVER_NAME', ''], ['HTTP_HOST', 'a.test:81']),
    [],
    { SERVER_NAME: 'a.test', SERVER_PORT: '81' },
  ],
  [
    'an IPv6 Host is a name with brackets',
    'uwsgi',
    get('/', ['HTTP_HOST', '[::1]:81']),
    [],
    { SERVER_NAME: '[::1]', SERVER_PORT: '81' },
  ],
  [
    'an IPv6 Host without a port has none',
    'uwsgi',
    get('/', ['HTTP_HOST', '[::1]']),
    [],
    { SERVER_NAME: '[::1]', SERVER_PORT: '80' },
  ],
  [
    'without Host the name is localhost',
    'uwsgi',
    get('/', ['SERVER_NAME', '']),
    [],
    { SERVER_NAME: 'localhost' },
  ],
  [
    'SERVER_NAME of the peer counts',
    'uwsgi',
    get('/', ['SERVER_NAME', 'b'], ['HTTP_HOST', 'a']),
    [],
    { SERVER_NAME: 'b' },
  ],
  [
    'https has port 443',
    'uwsgi',
    get('/', ['HTTPS', 'on']),
    [],
    { SERVER_PORT: '443', 'wsgi.url_scheme': 'https' },
  ],
  [
    'HTTPS off is http',
    'uwsgi',
    get('/', ['HTTPS', 'off'], ['REQUEST_SCHEME', 'https']),
    [],
    { 'wsgi.url_scheme': 'http' },
  ],
  [
    'an empty HTTPS says nothing',
    'uwsgi',
    get('/', ['HTTPS', ''], ['REQUEST_SCHEME', 'https']),
    [],
    { 'wsgi.url_scheme': 'https', HTTPS: undefined },
  ],
  [
    'UWSGI_SCHEME comes first and is not passed on',
    'uwsgi',
    get('/', ['REQUEST_SCHEME', 'http'], ['UWSGI_SCHEME', 'https']),
    [],
    { 'wsgi.url_scheme': 'https', UWSGI_SCHEME: undefined },
  ],
  [
    'a scheme that is none is not believed',
    'uwsgi',
    get('/', ['REQUEST_SCHEME', 'javascript']),
    [],
    { 'wsgi.url_scheme': 'http' },
  ],
  [
    'X-Forwarded-Proto is a header, not the scheme',
    'uwsgi',
    get('/', ['HTTP_X_FORWARDED_PROTO', 'https']),
    [],
    { 'wsgi.url_scheme': 'http', HTTP_X_FORWARDED_PROTO: 'https' },
  ],
  ['REMOTE_ADDR is there even when nobody said it', 'uwsgi', get('/'), [], { REMOTE_ADDR: '' }],
])
