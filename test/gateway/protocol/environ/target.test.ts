// What an application is told of the path: every rule as a row.
import test from 'ava'
import { costKeyOf } from '../../../../gateway/protocol/cost-key.ts'
import { EnvironWriter } from '../../../../gateway/protocol/environ.ts'
import { COST_KEYS } from '../../../../gateway/protocol/limits.ts'
import { get, refuses, tells, type Vars, write } from '../../../helpers/environ.ts'

tells([
  ['percent signs are decoded once', 'uwsgi', get('/a%2525c'), [], { PATH_INFO: '/a%25c' }],
  ['a percent sign without digits stays', 'uwsgi', get('/100%/%zz/%4'), [], { PATH_INFO: '/100%/%zz/%4' }],
  ['UTF-8 arrives as latin-1 text', 'uwsgi', get('/caf%C3%A9'), [], { PATH_INFO: '/cafÃ©' }],
  ['an undecoded byte over 0x7F does too', 'uwsgi', get('/caf\xe9'), [], { PATH_INFO: '/café' }],
  ['slashes and encoded slashes are kept', 'uwsgi', get('//a//b%2Fc/'), [], { PATH_INFO: '//a//b/c/' }],
  ['dots are kept', 'uwsgi', get('/a/../b/./c'), [], { PATH_INFO: '/a/../b/./c' }],
  ['a plus sign is a plus sign', 'uwsgi', get('/a+b?c+d'), [], { PATH_INFO: '/a+b', QUERY_STRING: 'c+d' }],
  [
    'the query is cut at the first question mark',
    'uwsgi',
    get('/a?b?c'),
    [],
    { PATH_INFO: '/a', QUERY_STRING: 'b?c' },
  ],
  ['a fragment is no part of the path', 'uwsgi', get('/a#b?c'), [], { PATH_INFO: '/a' }],
  ['an empty query is an empty text', 'uwsgi', get('/a?'), [], { QUERY_STRING: '' }],
  ['QUERY_STRING of the peer counts', 'uwsgi', get('/a?b', ['QUERY_STRING', 'c']), [], { QUERY_STRING: 'c' }],
  [
    'REQUEST_URI and RAW_URI are the raw target',
    'uwsgi',
    get('/a%20b?c%20d'),
    [],
    { REQUEST_URI: '/a%20b?c%20d', RAW_URI: '/a%20b?c%20d' },
  ],
  [
    "nginx's normalised PATH_INFO gives way to the target",
    'uwsgi',
    get('/a//b/../%63', ['PATH_INFO', '/a/c']),
    [],
    { PATH_INFO: '/a//b/../c' },
  ],
  [
    "nginx's rewritten PATH_INFO counts",
    'uwsgi',
    get('/old/x', ['PATH_INFO', '/new/x']),
    [],
    { PATH_INFO: '/new/x' },
  ],
  [
    'without a target PATH_INFO counts as it is',
    'uwsgi',
    [
      ['REQUEST_METHOD', 'GET'],
      ['PATH_INFO', '/a%20b'],
    ],
    [],
    { PATH_INFO: '/a%20b', REQUEST_URI: undefined },
  ],
  [
    'SCRIPT_NAME is taken off the path',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    'SCRIPT_NAME may be the whole path',
    'uwsgi',
    get('/app', ['SCRIPT_NAME', '/app']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '' },
  ],
  [
    'a slash at the end of SCRIPT_NAME does not count',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app/']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    'SCRIPT_NAME / is none',
    'uwsgi',
    get('/x', ['SCRIPT_NAME', '/']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/x' },
  ],
  [
    '/ab is not under SCRIPT_NAME /a',
    'uwsgi',
    get('/ab', ['SCRIPT_NAME', '/a']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/ab' },
  ],
  [
    'a split made in nginx is kept',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app'], ['PATH_INFO', '/x']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    'a whole PATH_INFO beside SCRIPT_NAME is split',
    'uwsgi',
    get('/app/x', ['SCRIPT_NAME', '/app'], ['PATH_INFO', '/app/x']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/x' },
  ],
  [
    '/app under /app is not taken off twice',
    'uwsgi',
    get('/app/app/x', ['SCRIPT_NAME', '/app'], ['PATH_INFO', '/app/x']),
    [],
    { SCRIPT_NAME: '/app', PATH_INFO: '/app/x' },
  ],
  [
    "nginx's own fastcgi_params call the whole path SCRIPT_NAME",
    'fastcgi',
    get('/x/y', ['SCRIPT_NAME', '/x/y']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/x/y' },
  ],
  [
    'with fastcgi_index too',
    'fastcgi',
    get('/x/', ['SCRIPT_NAME', '/x/index.php']),
    [],
    { SCRIPT_NAME: '', PATH_INFO: '/x/' },
  ],
  [
    'a mount becomes SCRIPT_NAME',
    'uwsgi',
    get('/blog/x'),
    ['/blog', '/'],
    { SCRIPT_NAME: '/blog', PATH_INFO: '/x' },
  ],
  [
    'the longest mount wins',
    'uwsgi',
    get('/blog/admin/x'),
    ['/blog', '/blog/admin'],
    { SCRIPT_NAME: '/blog/admin', PATH_INFO: '/x' },
  ],
  [
    'a mount is left at a boundary only',
    'uwsgi',
    get('/blogs'),
    ['/blog'],
    { SCRIPT_NAME: '', PATH_INFO: '/blogs' },
  ],
  [
    'a mount is found in the decoded path',
    'uwsgi',
    get('/bl%6Fg/x'),
    ['/blog'],
    { SCRIPT_NAME: '/blog', PATH_INFO: '/x' },
  ],
  [
    'SCRIPT_NAME of the peer counts before mounts',
    'uwsgi',
    get('/a/blog', ['SCRIPT_NAME', '/a']),
    ['/blog', '/a/blog'],
    { SCRIPT_NAME: '/a', PATH_INFO: '/blog' },
  ],
  [
    'OPTIONS * has an empty path',
    'uwsgi',
    [
      ['REQUEST_METHOD', 'OPTIONS'],
      ['REQUEST_URI', '*'],
    ],
    [],
    { PATH_INFO: '', REQUEST_URI: '*' },
  ],
])

refuses([
  ['a target without a slash', get('x'), 'REQUEST_BAD_TARGET'],
  ['a target with an encoded NUL', get('/a%00'), 'REQUEST_BAD_TARGET'],
])

test('the cost key depends on method and path, not on the query', (t) => {
  const writer = new EnvironWriter()
  const keyOf = (vars: Vars) => {
    write(vars, 'uwsgi', writer)
    return writer.costKey
  }
  t.is(keyOf(get('/a?x')), keyOf(get('/a?y')))
  t.not(keyOf(get('/a')), keyOf(get('/b')))
  t.not(
    keyOf(get('/a')),
    keyOf([
      ['REQUEST_METHOD', 'POST'],
      ['REQUEST_URI', '/a'],
    ]),
  )
  t.true(keyOf(get('/a')) >= 0 && keyOf(get('/a')) < COST_KEYS)
  for (const path of ['/', '/-/live', '/-/ready', '/ä'])
    t.is(keyOf(get(`${path}?x=1`)), costKeyOf('GET', path), path)
})
