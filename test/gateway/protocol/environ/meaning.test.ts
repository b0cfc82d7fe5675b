// What each variable means, which are left out, and which make no request: every rule as a row.
import test from 'ava'
import { EnvironWriter } from '../../../../gateway/protocol/environ.ts'
import { environOf, get, refuses, tells } from '../../../helpers/environ.ts'

tells([
  [
    'commands to uWSGI are not passed on',
    'uwsgi',
    get('/', ['UWSGI_FILE', '/evil.py'], ['UWSGI_SETENV', 'A=b'], ['UWSGI_MODULE', 'os']),
    [],
    { UWSGI_FILE: undefined, UWSGI_SETENV: undefined, UWSGI_MODULE: undefined },
  ],
  [
    'names of wsgi.* cannot come over the wire',
    'uwsgi',
    get('/', ['wsgi.url_scheme', 'https'], ['wsgi.input', 'x']),
    [],
    { 'wsgi.url_scheme': 'http', 'wsgi.input': undefined },
  ],
  [
    'odd names are dropped',
    'uwsgi',
    get('/', ['HTTP_X-Y', 'a'], ['', 'b'], ['A B', 'c'], ['É', 'd']),
    [],
    { 'HTTP_X-Y': undefined, '': undefined, 'A B': undefined, É: undefined },
  ],
  [
    'second spellings of the content headers are dropped',
    'uwsgi',
    get('/', ['CONTENT_TYPE', 'a/b'], ['HTTP_CONTENT_TYPE', 'c/d'], ['HTTP_CONTENT_LENGTH', '9']),
    [],
    { CONTENT_TYPE: 'a/b', HTTP_CONTENT_TYPE: undefined, HTTP_CONTENT_LENGTH: undefined },
  ],
  [
    'empty content variables are left out',
    'uwsgi',
    get('/', ['CONTENT_TYPE', ''], ['CONTENT_LENGTH', '']),
    [],
    { CONTENT_TYPE: undefined, CONTENT_LENGTH: undefined },
  ],
  [
    'Proxy makes no HTTP_PROXY',
    'uwsgi',
    get('/', ['HTTP_PROXY', 'http://evil']),
    [],
    { HTTP_PROXY: undefined },
  ],
  [
    'nginx has decoded chunks and answered Expect',
    'fastcgi',
    get('/', ['HTTP_TRANSFER_ENCODING', 'chunked'], ['HTTP_EXPECT', '100-continue']),
    [],
    { HTTP_TRANSFER_ENCODING: undefined, HTTP_EXPECT: undefined },
  ],
  [
    'on HTTP both are for the application',
    'http',
    get('/', ['HTTP_TRANSFER_ENCODING', 'chunked'], ['HTTP_EXPECT', '100-continue']),
    [],
    { HTTP_TRANSFER_ENCODING: 'chunked', HTTP_EXPECT: '100-continue' },
  ],
])

refuses([
  ['no method', [['REQUEST_URI', '/']], 'REQUEST_NO_METHOD'],
  [
    'a method with a space',
    [
      ['REQUEST_METHOD', 'GET /x'],
      ['REQUEST_URI', '/'],
    ],
    'HTTP_MALFORMED',
  ],
  ['a length of letters', get('/', ['CONTENT_LENGTH', 'ten']), 'REQUEST_BAD_LENGTH'],
  ['a length with a sign', get('/', ['CONTENT_LENGTH', '-1']), 'REQUEST_BAD_LENGTH'],
  ['two lengths', get('/', ['CONTENT_LENGTH', '1'], ['CONTENT_LENGTH', '2']), 'REQUEST_BAD_LENGTH'],
  ['a length of 16 digits', get('/', ['CONTENT_LENGTH', '1000000000000000']), 'REQUEST_BAD_LENGTH'],
])

test('dropped variables are counted', (t) => {
  const writer = new EnvironWriter()
  environOf(get('/', ['UWSGI_FILE', 'x'], ['HTTP_PROXY', 'x'], ['a b', 'x']), 'uwsgi', writer)
  t.deepEqual(writer.dropped, { commands: 1, oddNames: 1, proxies: 1, underscores: 0 })
})
